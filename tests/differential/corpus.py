"""The corpus: for every operation one good request, and each way to spoil it that its declaration suggests."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import quote

from spec.contract import Contract, MediaType, Operation, Parameter
from spec.schema import resolved
from spec.values.generation import generate
from tests.differential.wire import Request

FORM, JSON, MULTIPART = "application/x-www-form-urlencoded", "application/json", "multipart/form-data"

_NUMBERS = ("abc", "", "1.0", "+5", "05", "1_0", " 5", "-0", "1e3", "0x1", "NaN", "true", "٣", "9" * 400, "-1", "0")
_TEXTS = ("plain", "", "a b", "a+b", "ä", "x" * 300, "a,b", "null", "a\x00b", "a%b")
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "TRACE", "BREW")
_ACCEPTS = ("*/*", "application/json", "text/html", "application/*;q=0.1", "text/html, */*;q=0.1", "junk", "*/*;q=0")


def corpus(contract: Contract, tokens: Mapping[str, str]) -> Iterator[Request]:
    """Every request; tokens: a good one by scheme."""
    for operation in contract.operations:
        good = _good(contract, operation, tokens)
        yield good
        yield from _credentials(good, contract, operation, tokens)
        yield from _framing(good)
        for parameter in operation.parameters:
            yield from _parameters(good, contract, operation, parameter)
        if operation.body is not None:
            yield from _bodies(good, contract, operation)
        else:
            yield good.but("a body that nobody asked for", body=b"{}").with_headers("as JSON", content_type=JSON)
    yield from _routes(contract, tokens)


def _good(contract: Contract, operation: Operation, tokens: Mapping[str, str]) -> Request:
    values = {
        one.name: quote(str(_plain_value(contract, one)), safe="")
        for one in operation.parameters
        if one.location == "path"
    }
    path = operation.path
    for name, value in values.items():
        path = path.replace(f"{{{name}}}", value)
    needed = [
        f"{one.name}={quote(str(_plain_value(contract, one)))}"
        for one in operation.parameters
        if one.location == "query" and one.required
    ]
    query = f"?{'&'.join(needed)}" if needed else ""
    headers = dict(_credential(contract, operation, tokens))
    body = b""
    if operation.body is not None:
        media = next(iter(operation.body.media_types.values()))
        body, headers["content-type"] = _encoded(contract, media, _body_value(contract, media))
    target = f"{contract.base_path}{path}{query}"
    return Request(operation.id, operation.method.upper(), target, headers, body)


def _plain_value(contract: Contract, parameter: Parameter) -> Any:
    return generate(parameter.schema, contract.document, parameter.name) or 1


def _credential(contract: Contract, operation: Operation, tokens: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for name in operation.security[0] if operation.security else ():
        scheme = contract.security_schemes[name]
        yield scheme.header.lower(), f"Bearer {tokens[name]}" if scheme.bearer else tokens[name]


def _body_value(contract: Contract, media: MediaType) -> Any:
    """An object with every member that the schema names."""
    schema = resolved(contract.document, media.schema or {})
    made = {}
    for name, raw in schema.get("properties", {}).items():
        part = resolved(contract.document, raw)
        if part.get("readOnly"):
            continue
        made[name] = "19 pages" if part.get("format") == "binary" else generate(raw, contract.document, name)
        if made[name] in ("", [], None):
            del made[name]
    return made


def _encoded(contract: Contract, media: MediaType, value: Mapping[str, Any]) -> tuple[bytes, str]:
    """A body and its media type."""
    if media.name == FORM:
        return _form(value), FORM
    if media.name == MULTIPART:
        return _multipart(contract, media, value), f"{MULTIPART}; boundary=B"
    return json.dumps(value).encode(), media.name


def _form(value: Mapping[str, Any]) -> bytes:
    pairs = [(name, one) for name, many in value.items() for one in (many if isinstance(many, list) else [many])]
    return "&".join(f"{quote(name)}={quote(_spelled(one))}" for name, one in pairs).encode()


def _multipart(contract: Contract, media: MediaType, value: Mapping[str, Any]) -> bytes:
    properties = resolved(contract.document, media.schema or {}).get("properties", {})
    text = ""
    for name, one in value.items():
        is_file = resolved(contract.document, properties.get(name, {})).get("format") == "binary"
        more = '; filename="f"\r\nContent-Type: image/png' if is_file else ""
        text += f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{_spelled(one)}\r\n'
    return f"{text}--B--\r\n".encode()


def _spelled(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _credentials(
    good: Request, contract: Contract, operation: Operation, tokens: Mapping[str, str]
) -> Iterator[Request]:
    for name in dict.fromkeys(name for names in operation.security for name in names):
        scheme = contract.security_schemes[name]
        key = scheme.header.lower()
        for label, value in (
            ("no credential", None),
            ("an empty credential", ""),
            ("a wrong credential", "Bearer wrong"),
            ("a bare credential", tokens[name]),
            ("a Bearer credential", f"Bearer {tokens[name]}"),
            ("a lower-case bearer credential", f"bearer {tokens[name]}"),
            ("a Basic credential", "Basic YTpi"),
        ):
            yield good.with_headers(f"{label} for {name}", **{key: value})


def _framing(good: Request) -> Iterator[Request]:
    for accept in _ACCEPTS:
        yield good.with_headers(f"Accept {accept}", accept=accept)
    path, _, query = good.target.partition("?")
    yield good.but("a slash at the end", target=f"{path}/{f'?{query}' if query else ''}")
    for label, extra in (
        ("an undeclared parameter", "colour=red"),
        ("a query that is not UTF-8", "colour=%FF"),
        ("a query of separators", "&&=&"),
    ):
        yield good.but(label, target=f"{path}?{f'{query}&' if query else ''}{extra}")


def _parameters(good: Request, contract: Contract, operation: Operation, parameter: Parameter) -> Iterator[Request]:
    place = f"{parameter.location} {parameter.name}"
    for value in _values(contract, parameter.schema):
        label = f"{place} is {value if len(value) < 40 else f'{value[:10]}…'!r}"
        if parameter.location == "path" and value:
            yield good.but(label, target=_with_segment(good, contract, operation, parameter, quote(value, safe="")))
        elif parameter.location == "query":
            path, _, query = good.target.partition("?")
            others = [piece for piece in query.split("&") if piece and not piece.startswith(f"{parameter.name}=")]
            sent = "&".join([*others, f"{parameter.name}={quote(value, safe='')}"])
            yield good.but(label, target=f"{path}?{sent}")
            if value in ("1", "plain"):
                yield good.but(f"{label}, twice", target=f"{path}?{sent}&{parameter.name}={quote(value)}")
        elif parameter.location == "header" and value.isascii() and value.isprintable():
            yield good.with_headers(label, **{parameter.name.lower(): value})
        elif parameter.location == "cookie" and value.isascii() and value.isprintable():
            yield good.with_headers(label, cookie=f"{parameter.name}={value}")


def _with_segment(good: Request, contract: Contract, operation: Operation, parameter: Parameter, value: str) -> str:
    template = f"{contract.base_path}{operation.path}".split("/")
    path, _, query = good.target.partition("?")
    segments = path.split("/")
    segments[template.index(f"{{{parameter.name}}}")] = value
    return "/".join(segments) + (f"?{query}" if query else "")


def _values(contract: Contract, schema: Any) -> Iterator[str]:
    """Raw values around what a schema lets through."""
    schema = resolved(contract.document, schema)
    kind = schema.get("type")
    yield from ("1", *_NUMBERS) if kind in ("integer", "number") else _TEXTS
    if kind == "boolean":
        yield from ("true", "false", "True", "1")
    if kind == "array":
        yield from ("1,2", "1,1", "a,b,c,d,e,f")
    for keyword, step in (("minimum", -1), ("maximum", 1)):
        if keyword in schema:
            yield str(schema[keyword])
            yield str(schema[keyword] + step)
    for one in schema.get("enum", ()):
        yield str(one)
    if "maxLength" in schema:
        yield "x" * (schema["maxLength"] + 1)
    if schema.get("format") in ("date-time", "date", "uuid", "email"):
        yield _spelled(generate({**schema}, contract.document, "a format"))


def _bodies(good: Request, contract: Contract, operation: Operation) -> Iterator[Request]:
    assert operation.body is not None
    media = next(iter(operation.body.media_types.values()))
    value = _body_value(contract, media)
    schema = resolved(contract.document, media.schema or {})
    for name, part in schema.get("properties", {}).items():
        without = {key: one for key, one in value.items() if key != name}
        yield good.but(f"without {name}", body=_encoded(contract, media, without)[0])
        yield good.but(f"only {name}", body=_encoded(contract, media, {name: value.get(name, "x")})[0])
        for text in dict.fromkeys(_values(contract, part)):
            spoiled = {**value, name: text}
            label = f"body {name} is {text if len(text) < 40 else f'{text[:10]}…'!r}"
            if "\x00" not in text:
                yield good.but(label, body=_encoded(contract, media, spoiled)[0])
    yield good.but("an undeclared member", body=_encoded(contract, media, {**value, "colour": "red"})[0])
    yield from _broken_bodies(good, media)


def _broken_bodies(good: Request, media: MediaType) -> Iterator[Request]:
    yield good.but("no body", body=b"")
    yield good.but("no body at all", body=b"").with_headers("nor type", content_type=None)
    yield good.with_headers("no media type", content_type=None)
    yield good.but("in two chunks", is_chunked=True)
    for name in ("text/plain", "application/xml", "junk", JSON.upper(), FORM.upper(), MULTIPART):
        yield good.with_headers(f"sent as {name}", content_type=name)
    for charset in ("utf-8", "UTF-8", "latin-1", "nope"):
        told = f"{media.name}; charset={charset}{'; boundary=B' if media.name == MULTIPART else ''}"
        yield good.with_headers(f"in {charset}", content_type=told)
    yield good.with_headers("coded", content_encoding="gzip")
    for label, body in (
        ("bytes that are not UTF-8", b"\xff\xfe=\xff"),
        ("broken JSON", b'{"a": '),
        ("a list", b"[1]"),
        ("null", b"null"),
        ("a member twice", b'{"title": "a", "title": "b"}'),
        ("nested deep", b"[" * 3000 + b"]" * 3000),
        ("not a number", b'{"title": NaN}'),
        ("a huge number", b'{"pages": ' + b"9" * 5000 + b"}"),
        ("half a surrogate pair", b'{"title": "\\ud800"}'),
        ("a byte order mark", b'\xef\xbb\xbf{"title": "a"}'),
    ):
        yield good.but(label, body=body)


def _routes(contract: Contract, tokens: Mapping[str, str]) -> Iterator[Request]:
    for path in dict.fromkeys(operation.path for operation in contract.operations):
        one = next(operation for operation in contract.operations if operation.path == path)
        good = _good(contract, one, tokens)
        for method in _METHODS:
            if method.lower() not in {operation.method for operation in contract.operations if operation.path == path}:
                yield good.but(f"as {method}", method=method, body=b"").with_headers("no body", content_type=None)
    for target in ("/nothing/here", "//", "/%2e%2e/", "/v1", "/v1//backup_instances", "/shelves%2F1", "/%FF"):
        yield Request(f"route {target}", "GET", target)
