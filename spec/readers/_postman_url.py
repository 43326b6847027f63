"""Request URLs of Postman collections: one string, or an object of parts, brought to one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from spec.readers._node import Node
from spec.readers._notebook import Notebook

_PARTS = frozenset({"raw", "protocol", "host", "port", "path", "query", "variable", "hash"})
_PLACEHOLDER = re.compile(r"\s*|\{\}|\{\{[^{}]*\}\}|<[^<>]*>")


@dataclass(frozen=True, slots=True)
class Field:
    """A header, query parameter, path variable or form field, and the nodes that say so.

    key: the node that holds the name; the whole URL where that is one string. value: likewise, or None.
    given: the value as a client would send it. node: the mapping that describes the field, if there is one.
    """

    location: str
    name: str
    key: Node
    value: Node | None
    given: Any
    node: Node | None = None

    @staticmethod
    def of_node(node: Node, location: str, key: Node) -> Field:
        """The field that a mapping with a key and a value describes."""
        value = node.get("value")
        return Field(location, key.as_text(), key, value, value.value if value else None, node)

    def others(self) -> Iterator[Node]:
        """Members of the mapping beside name and value."""
        known = {self.key.name, "value"}
        return (member for member in self.node.members() if member.name not in known) if self.node else iter(())


@dataclass(frozen=True, slots=True)
class Url:
    """The path template of a request, the nodes that it stands in, and the fields that the URL names."""

    path: str
    path_nodes: tuple[Node, ...]
    fields: tuple[Field, ...]


def is_placeholder(value: Any) -> bool:
    """Whether a value stands for "fill in": nothing, `{}`, `{{variable}}`, `<hint>`."""
    return value is None or (isinstance(value, str) and _PLACEHOLDER.fullmatch(unquote(value)) is not None)


def read_url(notebook: Notebook, url: Node) -> Url:
    """The URL of one request; its host and protocol become facts about the source."""
    return _read_string(notebook, url) if isinstance(url.value, str) else _read_parts(notebook, url)


def _read_string(notebook: Notebook, url: Node) -> Url:
    notebook.mend("string-url", url.where, "the URL is one string")
    try:
        split = urlsplit(url.as_text())
    except ValueError as error:
        raise url.refuse(f"{url.value!r} is no URL: {error}", "correct the URL") from None
    if split.scheme:
        notebook.note_node_of_source(("protocol",), url, split.scheme)
    if split.netloc:
        notebook.note_node_of_source(("host",), url, split.netloc)
    path = _template(notebook, url, split.path)
    pairs = (piece.partition("=") for piece in split.query.split("&") if piece)
    fields = tuple(Field("query", unquote(name), url, url, given) for name, _, given in pairs)
    return Url(path, (url,), fields)


def _read_parts(notebook: Notebook, url: Node) -> Url:
    url.refuse_others(_PARTS)
    for member in url.members():
        if member.name == "protocol":
            notebook.note_node_of_source(("protocol",), member)
        elif member.name == "host":
            notebook.note_node_of_source(("host",), member, _joined(member, "."))
        elif member.name in ("raw", "port", "hash"):
            notebook.note_noise(member)
    path = url.need("path", "a URL in parts names its path")
    elements = tuple(path.as_list().members()) if isinstance(path.value, list) else (path,)
    for element in elements:
        if "/" in element.as_text().strip("/"):
            notebook.mend("slash-joined-path", element.where, f"the path element {element.value!r} is several segments")
    template = _template(notebook, path, _joined(path, "/"))
    return Url(template, elements, (*_query(url), *_variables(notebook, url, template)))


def _joined(node: Node, separator: str) -> str:
    if isinstance(node.value, str):
        return node.value
    return separator.join(member.as_text() for member in node.as_list().members())


def _template(notebook: Notebook, node: Node, path: str) -> str:
    """The path from the root, with `{name}` for every `:name`."""
    segments = unquote(path).strip("/").split("/")
    for segment in segments:
        if segment.startswith(":"):
            notebook.mend("colon-path-parameter", node.where, f"the path parameter {segment[1:]} is written {segment}")
    return "/" + "/".join(f"{{{segment[1:]}}}" if segment.startswith(":") else segment for segment in segments)


def _query(url: Node) -> Iterator[Field]:
    listed = url.get("query")
    for node in listed.as_list().members() if listed else ():
        yield Field.of_node(node, "query", node.need("key", "every query parameter has a 'key'"))


def _variables(notebook: Notebook, url: Node, template: str) -> Iterator[Field]:
    listed = url.get("variable")
    for node in listed.as_list().members() if listed else ():
        key = node.as_mapping().get("key")
        if key is None:
            key = node.need("id", "every path variable has a 'key'")
            notebook.mend("variable-id-as-name", key.where, f"the path variable {key.value} is named by 'id'")
        if f"{{{key.as_text()}}}" not in template:
            raise key.refuse(f"{key.value!r} is not in the path {template}", "correct the name, or the path")
        yield Field.of_node(node, "path", key)
