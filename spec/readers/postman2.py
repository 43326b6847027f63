"""Reads Postman collections, versions 2.0 and 2.1: folders of requests with saved responses.

A collection is written by a person at a client, so it holds values that stand for "fill in": these are
noted as placeholders, never as examples. Request URLs come as one string or in parts; `_postman_url`
brings both to one shape.
"""

from __future__ import annotations

import json
import re
from typing import Any

from spec.contract import METHODS
from spec.facts import Level, Reading, Source
from spec.readers._node import Node, load_node
from spec.readers._notebook import FORM, Address, Notebook
from spec.readers._postman_url import Field, is_placeholder, read_url

FORMAT = ("postman-2.0", "postman-2.1")

_COLLECTION = frozenset({"info", "item"})
_FOLDER = frozenset({"id", "name", "description", "item"})
_ITEM = frozenset({"id", "name", "request", "response"})
_REQUEST = frozenset({"url", "method", "header", "body", "description"})
_RESPONSE = frozenset({"id", "name", "status", "code", "header", "body", "cookie", "originalRequest"})
_BODY = frozenset({"mode", "raw", "urlencoded", "options"})
_UNDESCRIBED_HEADERS = frozenset({"content-type", "accept"})
_VERSION = re.compile(r"/collection/v2\.[01]\.0/(.*)$")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read(source: Source) -> Reading:
    """Facts of a Postman collection; raises SourceError for a shape that is wrong or not understood."""
    notebook = Notebook(source)
    root = load_node(source, "json")
    _refuse_others(root, _COLLECTION)
    _read_info(notebook, root.need("info", "a collection describes itself under 'info'"))
    _read_items(notebook, root.need("item", "a collection lists its requests under 'item'"))
    return notebook.reading()


def _refuse_others(node: Node, known: frozenset[str]) -> None:
    """Members with a leading underscore are the tool's own and may be anything."""
    node.refuse_others(known | {member.name for member in node.as_mapping().members() if member.name[:1] == "_"})


def _read_info(notebook: Notebook, info: Node) -> None:
    schema = info.need("schema", "'info.schema' says which version of the format this is")
    version = _VERSION.search(schema.as_text())
    if not version:
        raise schema.refuse(f"the format is {schema.value!r}", "export the collection in version 2.0 or 2.1")
    if not version.group(1):
        notebook.mend("schema-url-without-file", schema.where, "the format marker ends before its file name")
    for leaf in info.leaves():
        if leaf.name in ("name", "description"):
            notebook.note_node_of_source(("info", leaf.name), leaf)
        elif leaf.name == "schema":
            notebook.note_node_of_source(("format",), leaf)
        else:
            notebook.note_noise(leaf)


def _read_items(notebook: Notebook, items: Node) -> None:
    for item in items.as_list().members():
        if item.has("item"):
            _read_folder(notebook, item)
        else:
            _read_item(notebook, item)


def _read_folder(notebook: Notebook, folder: Node) -> None:
    _refuse_others(folder, _FOLDER)
    for member in folder.members():
        if member.name == "item":
            _read_items(notebook, member)
        elif member.name == "name":
            notebook.note_node_of_source(("tag",), member)
        else:
            notebook.note_noise(member)


def _read_item(notebook: Notebook, item: Node) -> None:
    request = item.need("request", "an item is a folder with 'item', or holds a 'request'").as_mapping()
    _refuse_others(item, _ITEM)
    _refuse_others(request, _REQUEST)
    method = request.need("method", "every request names its method").as_text().lower()
    if method not in METHODS:
        raise request.refuse(f"{method.upper()!r} is no HTTP method", f"use {', '.join(METHODS).upper()}")
    base = _read_target(notebook, request, method)
    for member in item.members():
        if member.name == "name":
            keyword = "operationId" if _IDENTIFIER.fullmatch(member.as_text()) else "summary"
            notebook.note_node((*base, keyword), member)
        elif member.name == "response":
            _read_responses(notebook, base, member)
        elif member.name != "request":
            notebook.note_noise(member)
    _read_request(notebook, base, request)


def _read_target(notebook: Notebook, request: Node, method: str) -> Address:
    """Facts of the URL and the method, which together name the operation."""
    url = read_url(notebook, request.need("url", "every request names its URL"))
    base = ("paths", url.path, method)
    for node in (Node(request.document, (*request.parts, "method")), *url.path_nodes):
        notebook.note_node(base, node, f"{method.upper()} {url.path}")
    for field in url.fields:
        _read_parameter(notebook, base, field)
    return base


def _read_request(notebook: Notebook, base: Address, request: Node) -> None:
    for member in request.members():
        if member.name == "description":
            notebook.note_node((*base, "description"), member, member.as_text())
        elif member.name == "header":
            for header in member.as_list().members():
                _read_header(notebook, base, header)
        elif member.name == "body":
            _read_body(notebook, base, member)
        elif member.name not in ("url", "method"):
            notebook.note_noise(member)


def _read_header(notebook: Notebook, base: Address, header: Node) -> None:
    key = header.need("key", "every header has a 'key'")
    if key.as_text().lower() in _UNDESCRIBED_HEADERS:
        notebook.note_noise(header)
    else:
        _read_parameter(notebook, base, Field.of_node(header, "header", key))


def _read_parameter(notebook: Notebook, base: Address, field: Field) -> None:
    address = (*base, "parameters", f"{field.location}:{field.name}")
    notebook.note_node((*address, "name"), field.key, field.name)
    notebook.note_node((*address, "in"), field.key, field.location)
    _read_value(notebook, (*address, "schema"), field)
    for member in field.others():
        if member.name == "description":
            notebook.note_node((*address, "description"), member)
        elif member.name == "type" and field.location == "path" and member.value != "any":
            notebook.note_node((*address, "schema", "type"), member, member.as_text())
        else:
            notebook.note_noise(member)


def _read_value(notebook: Notebook, schema: Address, field: Field) -> None:
    if field.value is None:
        return
    if is_placeholder(field.given):
        notebook.note_node_of_source(("placeholder", field.name), field.value, field.given)
        notebook.mend(
            "placeholder-value", field.value.where, f"the value {field.given!r} of {field.name} is no example"
        )
    else:
        where = field.value.where
        notebook.note((*schema, "example"), field.given, where, Level.EXAMPLE)


def _read_body(notebook: Notebook, base: Address, body: Node) -> None:
    _refuse_others(body, _BODY)
    mode = body.need("mode", "a body names its mode")
    if mode.value == "urlencoded":
        _read_form(notebook, base, body)
    elif mode.value != "raw":
        raise mode.refuse(f"the body mode {mode.value!r} is not understood", "understood here: raw, urlencoded")
    elif not body.value.get("raw"):
        notebook.mend("empty-raw-body", mode.where, "a raw body with nothing in it")
        for member in body.members():
            _note_no_body(notebook, base, member)
    else:
        _read_raw_body(notebook, base, body)


def _note_no_body(notebook: Notebook, base: Address, member: Node) -> None:
    if member.name in ("mode", "raw"):
        notebook.note_node((*base, "requestBody", "none"), member, value=True)
    else:
        notebook.note_noise(member)


def _read_form(notebook: Notebook, base: Address, body: Node) -> None:
    content = (*base, "requestBody", "content", FORM)
    fields = body.need("urlencoded", "a form lists its fields under 'urlencoded'")
    for member in body.members():
        if member.name == "mode":
            notebook.note_node(content, member, FORM)
        elif member.name != "urlencoded":
            notebook.note_noise(member)
    for node in fields.as_list().members():
        key = node.need("key", "every form field has a 'key'")
        _read_form_field(notebook, content, Field.of_node(node, "form", key))


def _read_form_field(notebook: Notebook, content: Address, field: Field) -> None:
    address = (*content, "schema", "properties", field.name)
    notebook.note_node(address, field.key, field.name)
    _read_value(notebook, address, field)
    for member in field.others():
        if member.name == "description":
            notebook.note_node((*address, "description"), member)
        else:
            notebook.note_noise(member)


def _read_raw_body(notebook: Notebook, base: Address, body: Node) -> None:
    raw = body.need("raw", "a raw body has its text under 'raw'")
    content = (*base, "requestBody", "content", "application/json")
    for member in body.members():
        if member.name == "mode":
            notebook.note(content, "application/json", member.where, Level.EXAMPLE)
        elif member.name != "raw":
            notebook.note_noise(member)
    notebook.note((*content, "example"), _parse_json(raw), raw.where, Level.EXAMPLE)


def _read_responses(notebook: Notebook, base: Address, responses: Node) -> None:
    for response in responses.as_list().members():
        _refuse_others(response, _RESPONSE)
        status = response.need("code", "every saved response has a status 'code'")
        if type(status.value) is not int or not 100 <= status.value <= 599:
            raise status.refuse(f"{status.value!r} is no status code", "use an integer from 100 to 599")
        code = (*base, "responses", str(status.value))
        for member in response.members():
            _read_response_member(notebook, code, member)


def _read_response_member(notebook: Notebook, code: Address, member: Node) -> None:
    if member.name == "code":
        notebook.note_node(code, member, str(member.value))
    elif member.name == "status":
        notebook.note_node((*code, "description"), member, member.as_text())
    elif member.name == "body" and member.value:
        content = (*code, "content", "application/json")
        notebook.note(content, "application/json", member.where, Level.EXAMPLE)
        notebook.note((*content, "example"), _parse_json(member), member.where, Level.EXAMPLE)
    else:
        notebook.note_noise(member)


def _parse_json(node: Node) -> Any:
    try:
        return json.loads(node.as_text())
    except ValueError:
        raise node.refuse("a body that is no JSON", "only JSON bodies are understood here") from None
