"""Checks at the edge of what a contract allows: the last value that is taken, and the first that is not.

What is sent comes from the schemas of the enforced contract alone, and a body is only sent as wrong when a validator
says that it is. Nothing wrong may leave anything behind.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from conformance.exchange.address import Address
from conformance.exchange.client import encoded
from conformance.exchange.exchange import Exchange
from conformance.exchange.shape import is_bytes, plain_name
from conformance.scenarios.remains import with_nothing_left
from conformance.scenarios.scene import Scene
from conformance.scenarios.wording import is_text, nasty_texts, text_as_long_as
from conformance.scenarios.workshop import new_body, note
from conformance.verdict.sighting import Sighting, failed, not_applicable, outcome_of, passed, unknown, unseen
from spec.contract import Operation, Parameter, Role
from spec.errors import ContractError
from spec.field import body_properties
from spec.resource import follow
from spec.schema import compile_schema

Pairs = list[tuple[str, str]]
_WORD = "mockproof-no-such-value"


def parameters(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Values at the edge are taken, values beyond it refused."""
    declared = scene.enforced(operation).parameters
    addresses = scene.atlas.addresses(operation)[:1]
    for address in addresses:
        yield from _known_ids(scene, operation, address)
        for parameter in declared:
            yield from _beyond(scene, operation, address, parameter)
            yield from _within(scene, operation, address, parameter)
    if not any(True for parameter in declared for _ in _wrong_texts(scene, _schema_of(scene, parameter))):
        yield not_applicable("every value of its parameters is valid")
    elif not addresses:
        yield unseen("no address is known")


def body(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A body that breaks its schema is refused, and leaves nothing behind."""
    address = _place(scene, operation)
    sample = new_body(scene, operation)
    if _takes_any(scene, operation):
        yield not_applicable("any bytes are a valid body")
        return
    if address is None or not isinstance(sample, dict):
        yield unseen("no address is known")
        return
    attempt = partial(_all_refused, scene, operation, address, sample)
    yield from with_nothing_left(scene, operation, address, attempt)
    yield from _taken(scene, operation, address, sample)


def _takes_any(scene: Scene, operation: Operation) -> bool:
    """Whether no body is wrong: all that is declared is bytes, and they may be missing."""
    told = scene.enforced(operation).body
    shapes = [media.schema for media in told.media_types.values()] if told is not None and not told.required else []
    return bool(shapes) and all(shape is not None and is_bytes(follow(scene.law.document, shape)) for shape in shapes)


def _all_refused(
    scene: Scene, operation: Operation, address: Address, sample: Mapping[str, Any]
) -> Iterator[tuple[Exchange, Sighting]]:
    for what, wrong in _wrong_bodies(scene, operation, sample):
        exchange = scene.client.send(operation, address, body=wrong)
        yield exchange, _refused(scene, operation, address, exchange, f"a body {what}")
    for what, raw in _wrong_bytes(scene, operation, sample):
        exchange = scene.client.send(operation, address, raw=raw)
        yield exchange, _refused(scene, operation, address, exchange, f"a body {what}")


def _taken(scene: Scene, operation: Operation, address: Address, sample: Mapping[str, Any]) -> Iterator[Sighting]:
    """Odd letters are taken in every field that takes any text; what names another thing is left out."""
    schemas = body_properties(scene.law, scene.enforced(operation))
    references = operation.resource.references if operation.resource is not None else {}
    free = [name for name, schema in schemas.items() if is_text(schema) and plain_name(name) not in references]
    odd = {name: dict(nasty_texts(schemas[name]))["odd letters"] for name in free}
    if not odd or not scene.is_strict or operation.resource is None or operation.resource.role is not Role.CREATE:
        return
    plain = scene.client.send(operation, address, body=dict(sample))
    note(scene, operation, address, sample, plain)
    exchange = scene.client.send(operation, address, body={**sample, **odd})
    note(scene, operation, address, {**sample, **odd}, exchange)
    if plain.answer is None or not plain.answer.is_success or exchange.answer is None:
        return
    if exchange.answer.status in (400, 415, 422):
        # Another refusal is about what the text names, not about its letters.
        yield failed(exchange, f"odd letters in {', '.join(odd)} taken", outcome_of(exchange))
    elif exchange.answer.is_success:
        yield passed(exchange, f"odd letters in {', '.join(odd)} taken")


def _known_ids(scene: Scene, operation: Operation, address: Address) -> Iterator[Sighting]:
    """Ids that the target itself gave are taken."""
    use = operation.resource
    if operation.method != "get" or use is None or not scene.is_strict or not address:
        return
    longest = max(scene.atlas.addresses(operation)[:12], key=lambda one: sum(map(len, one.values())))
    exchange = scene.client.send(operation, longest)
    if exchange.answer is not None and exchange.answer.status in (400, 422):
        yield failed(exchange, f"ids that the target gave taken: {', '.join(longest.values())}", outcome_of(exchange))


def _beyond(scene: Scene, operation: Operation, address: Address, parameter: Parameter) -> Iterator[Sighting]:
    for what, path, query, extra in _beyonds(scene, address, parameter):
        if operation.method == "get":
            exchange = scene.client.send(operation, path, query, extra=extra)
        else:
            sent = new_body(scene, operation)
            exchange = scene.client.send(operation, path, query, body=sent, extra=extra)
        yield _refused(scene, operation, path, exchange, what)


def _beyonds(
    scene: Scene, address: Address, parameter: Parameter
) -> Iterator[tuple[str, Address, Pairs, dict[str, str]]]:
    """Requests in which one parameter is wrong."""
    schema, name = _schema_of(scene, parameter), parameter.name
    wrong = list(_wrong_texts(scene, schema))
    if parameter.location == "query" and parameter.style == "form":
        for text in wrong:
            yield f"{name}={text}", address, [(name, text)], {}
    elif parameter.location == "header":
        for text in wrong:
            if text.isascii():
                yield f"{name}: {text}", address, [], {name.lower(): text}
    elif parameter.location == "path" and name in address and _WORD in wrong:
        # No other: a number beyond a bound may be somebody's all the same, and this may be a request that deletes.
        yield f"{name} of {_WORD}", {**address, name: _WORD}, [], {}


def _schema_of(scene: Scene, parameter: Parameter) -> Mapping[str, Any]:
    return follow(scene.law.document, parameter.schema)


def _wrong_texts(scene: Scene, schema: Mapping[str, Any]) -> Iterator[str]:
    """Texts that no reading makes a value of the schema."""
    candidates: list[str] = []
    if schema.get("type") in ("integer", "number"):
        step = 1
        candidates += [str(schema["maximum"] + step)] if "maximum" in schema else []
        candidates += [str(schema["minimum"] - step)] if "minimum" in schema else []
        candidates.append(_WORD)
    elif schema.get("type") == "boolean" or "enum" in schema or "format" in schema or "pattern" in schema:
        candidates.append(_WORD)
    elif "maxLength" in schema:
        candidates.append("x" * (schema["maxLength"] + 1))
    try:
        validator = compile_schema(schema, scene.law.document)
    except ContractError:
        return
    for text in candidates:
        number = int(text) if text.lstrip("-").isdecimal() else text
        if not validator.is_valid(number) and not validator.is_valid(text):
            yield text


def _within(scene: Scene, operation: Operation, address: Address, parameter: Parameter) -> Iterator[Sighting]:
    """The largest page is taken: where a maximum stands, it is allowed."""
    page = operation.page
    schema = _schema_of(scene, parameter)
    if page is None or parameter.name != page.size_parameter or "maximum" not in schema or not scene.is_strict:
        return
    exchange = scene.client.send(operation, address, [(parameter.name, str(schema["maximum"]))])
    if exchange.answer is not None and exchange.answer.is_refusal and scene.fullest(operation) is not None:
        yield failed(exchange, f"{parameter.name}={schema['maximum']} taken", outcome_of(exchange))
    elif exchange.answer is not None and exchange.answer.is_success:
        yield passed(exchange, f"{parameter.name}={schema['maximum']} taken")


def _place(scene: Scene, operation: Operation) -> Address | None:
    if operation.resource is not None and operation.resource.role is Role.CREATE:
        found = scene.memory.get(("place", operation.id))
        if found is not None:
            place: Address = found
            return place
    return next(iter(scene.atlas.addresses(operation)), None)


def _wrong_bodies(
    scene: Scene, operation: Operation, sample: Mapping[str, Any]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Bodies with one fault each, by what is wrong."""
    enforced = scene.enforced(operation)
    if enforced.body is None:
        return
    media_type, media = next(iter(enforced.body.media_types.items()))
    if media.schema is None:
        return
    whole = follow(scene.law.document, media.schema)
    is_json = media_type.endswith("json")
    candidates: list[tuple[str, dict[str, Any]]] = [
        (f"without {name}", {key: value for key, value in sample.items() if key != name})
        for name in whole.get("required", ())
        if name in sample
    ]
    for name, schema in body_properties(scene.law, enforced).items():
        if not schema.get("readOnly"):
            candidates += [
                (told, {**sample, name: value}) for told, value in _wrong_values(name, schema, is_json=is_json)
            ]
    if whole.get("additionalProperties") is False:
        candidates.append(("with a field that is not declared", {**sample, "mockproof_extra": "x"}))
    try:
        validator = compile_schema(media.schema, scene.law.document)
    except ContractError:
        return
    for told, value in candidates:
        if not validator.is_valid(value):
            yield told, value


def _wrong_values(name: str, schema: Mapping[str, Any], *, is_json: bool) -> Iterator[tuple[str, Any]]:
    kind = schema.get("type")
    if "enum" in schema:
        yield f"whose {name} is not listed", _WORD
    if "maxLength" in schema and kind == "string" and "enum" not in schema and "pattern" not in schema:
        yield f"whose {name} is longer than {schema['maxLength']}", text_as_long_as(schema["maxLength"] + 1)
    if "maximum" in schema:
        yield f"whose {name} is above {schema['maximum']}", schema["maximum"] + 1
    if "minimum" in schema:
        yield f"whose {name} is below {schema['minimum']}", schema["minimum"] - 1
    if kind in ("integer", "number", "boolean"):
        yield f"whose {name} is a word", _WORD
    if is_json and kind == "string":
        yield f"whose {name} is a number", 7


def _wrong_bytes(
    scene: Scene, operation: Operation, sample: Mapping[str, Any]
) -> Iterator[tuple[str, tuple[str, bytes]]]:
    """Bodies that are wrong as bytes, or in their media type."""
    media_type, content = encoded(operation, dict(sample))
    enforced = scene.enforced(operation)
    known = enforced.body.media_types if enforced.body is not None else {}
    if not any(name.startswith("text/") or "*" in name for name in known):
        yield "as text/plain", ("text/plain", content)
    if media_type.endswith("json") and isinstance(sample, Mapping):
        yield "with text after its end", (media_type, content + b" x")
        yield "that is cut off", (media_type, content[:-1])
        name = next(iter(sample), None)
        if name is not None:
            twice = json.dumps({name: sample[name]})[:-1].encode() + b", " + content[1:]
            yield f"that gives {name} twice", (media_type, twice)


def _refused(scene: Scene, operation: Operation, address: Address, exchange: Exchange, what: str) -> Sighting:
    if exchange.answer is None or exchange.answer.status >= 500:
        return unknown(f"{what}: {outcome_of(exchange)}", exchange)
    if exchange.answer.is_success:
        if operation.resource is not None and operation.resource.role is Role.CREATE:
            note(scene, operation, address, {}, exchange)
        return failed(exchange, f"{what} refused with 4xx", outcome_of(exchange))
    return passed(exchange, f"{what}: {outcome_of(exchange)}")
