"""Doubts: why a request that fits the contract may be refused all the same.

A schema tells what may be sent, and nothing of what is at the target already: that only the target knows.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from conformance.exchange.decoding import UnreadableError, read_json
from conformance.exchange.exchange import Request
from conformance.exchange.shape import plain_name
from conformance.verdict.growth import may_not_fit
from conformance.verdict.judge import Judge, essence, form_pairs
from spec.contract import Operation, Role

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_NOT_FOUND = 404


def doubts_about(judge: Judge, operation: Operation, request: Request) -> Iterator[str]:
    """Reasons to refuse a request that fits the contract."""
    for name in (*_conditions(operation, request), *_references(operation, request)):
        yield f"{name} names something that need not exist"
    if "{" in operation.path and operation.response_for(_NOT_FOUND) is None:
        yield "what the path names need not exist, and the contract has no other word for that"
    for name in _chosen_ids(judge, operation, request):
        yield f"{name} may be the id of something else"
    grown = may_not_fit(judge.contract, operation, request)
    if grown is not None:
        yield f"what {grown} holds already may leave no room for more"
    for day in _impossible_days(request):
        yield f"{day} has the form of a date, and is in no calendar"
    for name in _odd_objects(operation, request):
        yield f"{name} holds lists or objects, for which a query has no agreed form"
    for name in judge.doubts(operation, request):
        yield f"given more than once: {name}"


def _conditions(operation: Operation, request: Request) -> list[str]:
    """Entity tags and cursors that a request names: only the target knows whether it ever gave them."""
    tags = ("if-match", "if-none-match") if operation.has_entity_tag else ()
    named = [name for name in tags if name in request.headers]
    if operation.page is not None and operation.page.cursor_parameter:
        named += [name for name, _ in request.query if name == operation.page.cursor_parameter]
    return named


def _chosen_ids(judge: Judge, operation: Operation, request: Request) -> list[str]:
    """The field by which a client chooses the id of something new."""
    use = operation.resource
    wanted = judge.contract.resources[use.name].id if use is not None and use.role is Role.CREATE else None
    return [name for name in _named_in(request) if plain_name(name) == wanted]


def _odd_objects(operation: Operation, request: Request) -> list[str]:
    """Objects in a query that hold lists or other objects, which OpenAPI leaves undefined."""
    deep = [one.name for one in operation.parameters if one.location == "query" and one.style == "deepObject"]
    names = [name for name, _ in request.query]
    odd = [name for name in names if name.count("[") > 1 or names.count(name) > 1]
    return [one for one in deep if any(name.startswith(f"{one}[") for name in odd)]


def _references(operation: Operation, request: Request) -> list[str]:
    """Fields of a request that name a sibling: whether such a thing exists is not for a schema to say."""
    references = operation.resource.references if operation.resource else {}
    return [name for name in _named_in(request) if plain_name(name) in references] if references else []


def _named_in(request: Request) -> list[str]:
    """Names of the fields of a body."""
    if not request.body:
        return []
    if essence(request.headers.get("content-type", "")).endswith("json"):
        return _member_names(request.body)
    return [name for name, _ in form_pairs(request.body)]


def _member_names(body: bytes) -> list[str]:
    try:
        value = read_json(body)
    except UnreadableError:
        return []
    return list(value) if isinstance(value, dict) else []


def _impossible_days(request: Request) -> Iterator[str]:
    """Texts in query or form that have the form of a date, such as 30 February, and are none."""
    is_form = essence(request.headers.get("content-type", "")) == "application/x-www-form-urlencoded"
    texts = [value for _, value in (*request.query, *(form_pairs(request.body) if is_form else ()))]
    return (text for text in texts if _DAY.fullmatch(text) and not _is_day(text))


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
