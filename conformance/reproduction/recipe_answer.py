"""Recipes for what one answer shows: its status, media type, header fields and shape."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from conformance.exchange.decoding import read_json
from conformance.manners.manners import is_nobodys
from conformance.reproduction.case import Case
from conformance.reproduction.tape import path_of, succeeded
from spec.contract import Operation, Response
from spec.errors import ContractError
from spec.pointer import resolve_pointer
from spec.schema import compile_schema

_DEPTH = 7
_WHILE = 1.1
"""Seconds after which even a clock of whole seconds has moved on."""


def refusal(case: Case) -> str | None:
    """What was sent must be refused."""
    return f"refused({case.draft.use(case.line, lenient=True)})"


def acceptance(case: Case) -> str | None:
    """What was sent must be taken."""
    refusals = sorted({400, 422, _status(case)})
    return f"taken({case.draft.use(case.line, lenient=True)}, {refusals})"


def edge(case: Case) -> str | None:
    """A value at the edge is taken, one beyond it refused; nothing refused leaves anything behind."""
    if case.expected.endswith("as every body was refused"):
        return _leftovers(case)
    return acceptance(case) if "taken" in case.expected else refusal(case)


def _leftovers(case: Case) -> str | None:
    start = case.start_of(case.line)
    sent = [
        one
        for one in case.tape.between(case.begins, case.line["number"])
        if one["operation"] == case.operation.id and one["answer"] and one["request"]["method"] != "GET"
    ]
    if not sent:
        return None
    before = case.draft.walk(start, query=[], comment="before")
    answers = [case.draft.use(one, lenient=True) for one in sent]
    after = case.draft.walk(start, query=[], comment="after")
    return f"no_more({before}, {after}, {case.draft.told(start)}, [{', '.join(answers)}])"


def no_server_error(case: Case) -> str | None:
    """No server error."""
    return f"no_server_error({case.draft.use(case.line, lenient=True)})"


def status(case: Case) -> str | None:
    """A status that the contract has; for methods that are not offered, 405."""
    got = case.draft.use(case.line, lenient=True)
    if case.line["request"]["method"] != case.asked.method.upper():
        return f"status_in({got}, (405, 501))"
    table = case.draft.constant("STATUSES", dict.fromkeys(_enforced(case).responses, True))
    return f"documented({got}, {table})"


def media_type(case: Case) -> str | None:
    """A media type that the contract has for the status."""
    got = case.draft.use(case.line)
    known = {name: list(response.media_types) for name, response in _enforced(case).responses.items()}
    table = case.draft.constant("MEDIA_TYPES", {name: types for name, types in known.items() if types})
    return _unless_refused(case, f"media_type_documented({got}, {table}, {_status(case)})")


def header_fields(case: Case) -> str | None:
    """The header fields that the contract demands, each with a value of its schema."""
    response = _response(case)
    got = case.draft.use(case.line)
    if response is None:
        return None
    claims = []
    for name, header in response.headers.items():
        schema = inlined(case.draft.law.document, header.get("schema", {}), _DEPTH)
        if header.get("required"):
            table = case.draft.constant("HEADER", schema)
            claims.append(f"header_shaped({got}, {name!r}, {table}, {_status(case)})")
    return _unless_refused(case, f"({' or '.join(claims)})") if claims else None


def shape(case: Case) -> str | None:
    """A body of the documented shape; of the schema, as much as leads to what was wrong."""
    if case.line["answer"] is None:
        return None
    if "header" in case.seen.lower() and "schema" not in case.seen.lower() and header_fields(case):
        return header_fields(case)
    if "no body" in case.seen:
        return _unless_refused(case, f"has_body({case.draft.use(case.line)}, {_status(case)})")
    response = _response(case)
    types = response.media_types if response is not None else {}
    schema = next((one.schema for name, one in types.items() if name.endswith("json")), None)
    got = case.draft.use(case.line)
    if schema is None:
        return None
    document = case.draft.law.document
    body = str(case.line["answer"]["body"])
    places: list[list[Any]] = []
    try:
        validator = compile_schema(schema, document)
        places = [list(error.instance_path) for error in validator.iter_errors(read_json(body))]
    except (ContractError, ValueError):
        pass  # the whole schema serves as well
    whole = inlined(document, schema, _DEPTH)
    part = pruned(whole, places[0]) if places else whole
    return _unless_refused(case, f"shaped({got}, {_status(case)}, {case.draft.constant('SHAPE', part)})")


def authentication(case: Case) -> str | None:
    """Somebody unknown is kept out."""
    listed = re.findall(r"\b40[13]\b", case.expected) or ["401", "403"]
    return f"kept_out({case.draft.use(case.line, lenient=True)}, [{', '.join(listed)}])"


def challenge(case: Case) -> str | None:
    """A 401, which says which credentials are wanted."""
    if case.seen.startswith("status"):
        return f"status_in({case.draft.use(case.line, lenient=True)}, (401,))"
    return f'has_header({case.draft.use(case.line, lenient=True)}, "www-authenticate", 401)'


def method(case: Case) -> str | None:
    """405 and an Allow field for methods that are not offered; never for an id that is none."""
    got = case.draft.use(case.line, lenient=True)
    if case.expected.startswith("405"):
        return f"status_in({got}, (405, 501))"
    if "Allow" in case.expected or "Allow" in case.seen:
        return f"allows({got}, {list(case.draft.law.methods_of(case.asked.path))})"
    return f"status_not_in({got}, (405,))"


def forbidden(case: Case) -> str | None:
    """What an identity may not see it can neither read nor change, although somebody else can."""
    own = case.before(lambda one: case.same_path(case.line)(one) and succeeded(one) and not case.is_asked_alike(one))
    if own is not None:
        case.draft.use(own)  # what is not there yet is refused to everybody
    return refusal(case)


def hidden_item(case: Case) -> str | None:
    """What an identity may not see is not listed, and looks as if it did not exist."""
    if not case.expected.startswith("a list without"):
        return f"status_in({case.draft.use(case.line)}, (404, 410))" if "404" in case.expected else forbidden(case)
    identifier = case.expected.split()[3].rstrip(",")
    who = str(case.line["request"]["headers"])
    read = case.tape.following(
        case.line,
        lambda one: case.tape.chain(one).get(case.resource) == identifier and str(one["request"]["headers"]) == who,
    )
    if read is None:
        return None
    reading = case.draft.use(read)
    known = case.draft.parameter(read, case.resource)
    listing = case.draft.walk(case.start_of(case.line), query=[])
    return f"hidden({listing}, {case.draft.told(case.line)}, {reading}, {known})"


def stranger(case: Case) -> str | None:
    """An item is not found below a parent that is not its own."""
    own = case.before(lambda one: one["operation"] == case.line["operation"] and succeeded(one))
    return (
        f"no_stranger({case.draft.use(own)}, {case.draft.use(case.line, lenient=True)})"
        if own is not None
        else refusal(case)
    )


def head(case: Case) -> str | None:
    """HEAD is answered as GET is."""
    got = case.after(case.same_path(case.line))
    return f"same_head({case.draft.use(case.line)}, {case.draft.use(got)})" if got is not None else None


def speed(case: Case) -> str | None:
    """An answer within a second, in one of three tries."""
    answers = [case.draft.use(case.line, again=True) for _ in range(3)]
    return f"quick([{', '.join(answers)}], 1.0)"


def entity_tag(case: Case) -> str | None:
    """A tag in quotes that changes with its item, and only then."""
    draft = case.draft
    if case.expected.startswith("an ETag"):
        return f"tagged({draft.use(case.line)})"
    if case.expected.startswith("the ETag"):
        first = draft.use(case.line)
        draft.pause(_WHILE)
        return f"same_tag({first}, {draft.use(case.line, again=True)})"
    change = case.before(lambda one: one["request"]["method"] in ("PUT", "PATCH") and succeeded(one))
    before = case.before(case.same_path(case.line), change or case.line)
    if before is None:
        return None
    first = draft.use(before)
    if change is not None:
        draft.use(change)
    return f"other_tag({first}, {draft.use(case.line)})"


def not_modified(case: Case) -> str | None:
    """What a client has already is not sent again, and what it has not is."""
    got = case.draft.use(case.line, lenient=True)
    return f"status_in({got}, (304,))" if case.expected.startswith("304") else f"status_not_in({got}, (304,))"


def precondition(case: Case) -> str | None:
    """A change that depends on an entity tag happens only under it."""
    got = case.draft.use(case.line, lenient=True)
    return f"refused({got})" if case.expected.startswith("412") else f"status_not_in({got}, (412,))"


def field_value(case: Case) -> str | None:
    """A value of one field is taken, refused, or kept whole."""
    told = re.match(r"(\S+) of .*, as sent$", case.expected)
    if told is not None:
        return f"list_kept({case.draft.use(case.line)}, {case.envelope}, {told[1]!r})"
    return edge(case)


def deleted_item(case: Case) -> str | None:
    """What was deleted is not there any more: a finding of the fuzzer, over a chain of requests."""
    deletion = case.tape.last(case.line, lambda one: one["request"]["method"] == "DELETE" and succeeded(one)
                              and path_of(case.line).startswith(path_of(one)))  # fmt: skip
    if deletion is None:
        return None
    first = case.draft.use(deletion)
    return f"gone({first}, {case.draft.use(case.line, lenient=True)})"


def created_item(case: Case) -> str | None:
    """What was created can be used."""
    return f"is_there({case.draft.use(case.line)})"


def inlined(document: Mapping[str, Any], schema: Any, depth: int) -> Any:
    """A schema with what its references lead to in their place; deeper ones are left out."""
    if isinstance(schema, list):
        return [inlined(document, one, depth) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return inlined(document, resolve_pointer(document, schema["$ref"]), depth - 1) if depth else {}
    dropped = ("description", "example", "examples", "title", "default", "externalDocs", "readOnly", "writeOnly")
    return {
        name: (
            {key: inlined(document, one, depth) for key, one in value.items()}
            if name == "properties"
            else inlined(document, value, depth)
        )
        for name, value in schema.items()
        if name not in dropped and not str(name).startswith("x-")
    }


def pruned(schema: Any, place: list[Any]) -> Any:
    """Of a schema, what leads to one place in a value, and all that stands there."""
    if not place or not isinstance(schema, Mapping):
        return schema
    part = {name: schema[name] for name in ("type", "nullable") if name in schema}
    step, rest = place[0], place[1:]
    if isinstance(step, int) and "items" in schema:
        return {**part, "items": pruned(schema["items"], rest)}
    if step in schema.get("properties", {}):
        return {**part, "properties": {step: pruned(schema["properties"][step], rest)}}
    return schema


def _unless_refused(case: Case, claim: str) -> str:
    """A claim about a success that should have been a refusal: then a refusal is right, whatever it looks like."""
    chain = case.tape.chain(case.line)
    is_nobody = bool(chain) and is_nobodys(list(chain.values())[-1], case.draft.prefix)
    if not succeeded(case.line) or not (is_nobody or case.line["negative"]):
        return claim
    return f"refused({case.draft.use(case.line, lenient=True)}) and {claim}"


def _enforced(case: Case) -> Operation:
    return case.draft.law.by_id.get(case.asked.id, case.asked)


def _response(case: Case) -> Response | None:
    return _enforced(case).response_for(_status(case)) if case.line["answer"] else None


def _status(case: Case) -> int:
    return int(case.line["answer"]["status"]) if case.line["answer"] else 0
