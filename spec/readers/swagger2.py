"""Reads Swagger 2.0: YAML or JSON, also where the file is not quite what the format demands.

What is mended has a name (`Notebook.mend`). What is not understood is refused: a member that this
reader does not know may say something that the contract would otherwise lose.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from spec.contract import METHODS
from spec.facts import Reading, Source
from spec.readers._node import Node, load_node
from spec.readers._notebook import FORM, Address, Notebook
from spec.template import parameters_in

FORMAT = "swagger-2.0"

_ROOT = frozenset({"swagger", "info", "host", "basePath", "schemes", "produces", "consumes", "paths"})
_OPERATION = frozenset({"summary", "description", "operationId", "tags", "parameters", "responses"})
_LOCATIONS = frozenset({"path", "query", "header", "formData", "body"})
_SCHEMA = frozenset({
    "type", "format", "items", "enum", "default", "pattern", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems",
})  # fmt: skip
_PARAMETER = _SCHEMA | {"name", "in", "description", "required", "schema"}
_TYPES = frozenset({"string", "number", "integer", "boolean", "array"})
_INTEGER_KEY = re.compile(r"\s*[0-9]+\s*:")


@dataclass(frozen=True, slots=True)
class _Document:
    """The document's own facts that its operations depend on."""

    notebook: Notebook
    consumes: tuple[str, ...]
    produces: tuple[str, ...]


def read(source: Source) -> Reading:
    """Facts of a Swagger 2.0 document; raises SourceError for a shape that is wrong or not understood."""
    notebook = Notebook(source)
    root = load_node(source, "json" if source.file.endswith(".json") else "yaml")
    _check_version(root)
    for line in root.document.stray_documents:
        notebook.mend_line("stray-document", line, "an empty YAML document follows the description")
    root.refuse_others(_ROOT)
    for member in root.members():
        _read_header(notebook, member)
    document = _Document(notebook, _texts(root.get("consumes")), _texts(root.get("produces")))
    for path in root.need("paths", "a Swagger document describes its operations under 'paths'").as_mapping().members():
        _read_path(document, path)
    return notebook.reading()


def _check_version(root: Node) -> None:
    version = root.need("swagger", 'a Swagger 2.0 document opens with swagger: "2.0"')
    if str(version.value) != "2.0":
        raise version.refuse(f"Swagger version {version.value!r}", 'this reader reads "2.0"; name another format')


def _read_header(notebook: Notebook, member: Node) -> None:
    """Facts of one member of the root, except `paths`."""
    if member.name == "x-complete":
        notebook.note_node_of_source(("x-complete",), member)
    elif member.name.startswith("x-"):
        notebook.note_noise(member)
    elif member.name == "info":
        for leaf in member.as_mapping().leaves():
            notebook.note_node_of_source((*map(str, leaf.parts), *(() if member.value else ("empty",))), leaf)
    elif member.name in ("schemes", "produces", "consumes"):
        notebook.note_node_of_source((member.name,), member, list(_texts(member)))
    elif member.name in ("host", "basePath"):
        notebook.note_node_of_source((member.name,), member, member.as_text())
    elif member.name == "swagger":
        notebook.note_node_of_source(("format",), member)


def _texts(node: Node | None) -> tuple[str, ...]:
    return tuple(member.as_text() for member in node.as_list().members()) if node else ()


def _read_path(document: _Document, path: Node) -> None:
    if not path.name.startswith("/"):
        raise path.refuse(f"the path {path.name!r} does not begin with '/'", "write paths from the root")
    path.refuse_others(frozenset(METHODS))
    for member in path.members():
        if member.name.startswith("x-"):
            document.notebook.note_noise(member)
        else:
            _read_operation(document, path.name, member)


def _read_operation(document: _Document, path: str, operation: Node) -> None:
    operation.refuse_others(_OPERATION)
    base = ("paths", path, operation.name)
    notebook = document.notebook
    notebook.note(base, f"{operation.name.upper()} {path}", operation.key_line)
    for member in operation.members():
        if member.name in ("summary", "description", "operationId"):
            notebook.note_node((*base, member.name), member, member.as_text())
        elif member.name == "tags":
            _read_tags(notebook, base, member)
        elif member.name == "parameters":
            _read_parameters(document, base, member)
        elif member.name == "responses":
            _read_responses(document, base, member)
        else:
            notebook.note_noise(member)
    operation.need("responses", "every operation documents at least one response")


def _read_tags(notebook: Notebook, base: Address, tags: Node) -> None:
    names = list(_texts(tags))
    notebook.note_node((*base, "tags"), tags, names)
    if len(set(names)) < len(names):
        notebook.mend("duplicated-tags", tags.where, f"{len(names)} tags, {len(set(names))} of them different")


def _read_parameters(document: _Document, base: Address, parameters: Node) -> None:
    seen: dict[tuple[str, str], int] = {}
    for parameter in parameters.as_list().members():
        parameter.refuse_others(_PARAMETER)
        location = parameter.need("in", f"say where it travels: {', '.join(sorted(_LOCATIONS))}").as_text()
        name = parameter.need("name", "every parameter has a name").as_text()
        if location not in _LOCATIONS:
            raise parameter.refuse(
                f"parameter {name!r} travels in {location!r}", f"use {', '.join(sorted(_LOCATIONS))}"
            )
        if (location, name) in seen:
            line = seen[location, name]
            raise parameter.refuse(f"parameter {name!r} is already described in line {line}", "keep one of the two")
        seen[location, name] = parameter.where.first_line
        _read_parameter(document, base, parameter, location, name)
    if any(location == "formData" for location, _ in seen) and "application/json" in document.consumes:
        note = "form fields, where the document says that bodies are application/json"
        document.notebook.mend("form-under-json-consumes", parameters.key_line, note)


def _read_parameter(document: _Document, base: Address, parameter: Node, location: str, name: str) -> None:
    if location == "body":
        _read_body(document, base, parameter)
    elif location == "formData":
        _mend_type(document.notebook, parameter, name)
        _read_form_field(document.notebook, base, parameter, name)
    else:
        _mend_type(document.notebook, parameter, name)
        _read_plain_parameter(document.notebook, base, parameter, f"{location}:{name}")


def _read_plain_parameter(notebook: Notebook, base: Address, parameter: Node, key: str) -> None:
    location, _, name = key.partition(":")
    if location == "path":
        if name not in parameters_in(base[1]):
            raise parameter.refuse(f"{name!r} is not in the path {base[1]}", "correct the name, or the path")
        if not parameter.has("required"):
            note = f"path parameter {name} does not say that it is required"
            notebook.mend("path-parameter-without-required", parameter.where, note)
    address = (*base, "parameters", key)
    for member in parameter.members():
        if member.name in ("name", "in", "description", "required"):
            notebook.note_node((*address, member.name), member)
        else:
            _read_keyword(notebook, (*address, "schema"), member)


def _read_form_field(notebook: Notebook, base: Address, parameter: Node, name: str) -> None:
    content = (*base, "requestBody", "content", FORM)
    field = (*content, "schema", "properties", name)
    for member in parameter.members():
        if member.name == "in":
            notebook.note_node(content, member, FORM)
        elif member.name == "name":
            notebook.note_node(field, member)
        elif member.name == "required":
            _read_field_requirement(notebook, content, member)
        else:
            _read_keyword(notebook, field, member)


def _read_field_requirement(notebook: Notebook, content: Address, required: Node) -> None:
    """OpenAPI 3 has one list of required fields where Swagger 2.0 has a flag on each."""
    siblings = Node(required.document, required.parts[:-2]).value
    names = [field["name"] for field in siblings if field.get("in") == "formData" and field.get("required") is True]
    if required.value is True:
        notebook.note_node((*content, "schema", "required"), required, names)
    else:
        name = Node(required.document, (*required.parts[:-1], "name")).value
        notebook.note_node((*content, "schema", "properties", name, "x-optional"), required, value=True)


def _read_body(document: _Document, base: Address, parameter: Node) -> None:
    schema = parameter.need("schema", "a body parameter describes the body under 'schema'")
    notebook = document.notebook
    for media_type in document.consumes or ("application/json",):
        content = (*base, "requestBody", "content", media_type)
        notebook.note_node(content, Node(parameter.document, (*parameter.parts, "in")), media_type)
        _read_schema(notebook, (*content, "schema"), schema)
    for member in parameter.members():
        if member.name in ("description", "required"):
            notebook.note_node((*base, "requestBody", member.name), member)
        elif member.name not in ("in", "schema"):
            notebook.note_noise(member)


def _mend_type(notebook: Notebook, parameter: Node, name: str) -> None:
    declared = parameter.get("type")
    if declared is None:
        notebook.mend("parameter-without-type", parameter.where, f"parameter {name} has no type")
    elif declared.value not in _TYPES:
        raise declared.refuse(f"parameter {name!r} has the type {declared.value!r}", f"use {', '.join(sorted(_TYPES))}")


def _read_keyword(notebook: Notebook, address: Address, member: Node) -> None:
    if member.name.startswith("x-"):
        notebook.note_noise(member)
    else:
        _read_schema(notebook, (*address, member.name), member)


def _read_schema(notebook: Notebook, address: Address, node: Node) -> None:
    """A fact for every keyword under a schema; lists (`enum`, `required`) are one fact."""
    if node.has("$ref"):
        raise node.refuse("a reference is not followed here", "write the schema in place of the '$ref'")
    if isinstance(node.value, dict) and node.value:
        for member in node.members():
            _read_schema(notebook, (*address, member.name), member)
    else:
        notebook.note_node(address, node)


def _read_responses(document: _Document, base: Address, responses: Node) -> None:
    notebook = document.notebook
    for response in responses.as_mapping().members():
        if response.name.startswith("x-"):
            notebook.note_noise(response)
            continue
        code = (*base, "responses", response.name)
        if not re.fullmatch(r"[1-5][0-9][0-9]|default", response.name):
            raise response.refuse(f"{response.name!r} is no status code", "use three digits, or 'default'")
        response.refuse_others(frozenset({"description", "schema"}))
        if _INTEGER_KEY.match(response.document.excerpt(response.parts)):
            notebook.mend("integer-status-key", response.key_line, f"the key {response.name} is an integer in YAML")
        notebook.note(code, response.name, response.key_line)
        for member in response.members():
            if member.name == "description":
                notebook.note_node((*code, "description"), member, member.as_text())
            elif member.name == "schema":
                for media_type in document.produces or ("application/json",):
                    _read_schema(notebook, (*code, "content", media_type, "schema"), member)
            else:
                notebook.note_noise(member)
