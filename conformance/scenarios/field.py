"""Checks of single request fields: dates, comma lists, flags. Each sends one request that must pass, or must not."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance.exchange.address import Address
from conformance.exchange.exchange import Exchange
from conformance.exchange.sample import sample_body
from conformance.exchange.shape import plain_name
from conformance.scenarios.scene import Scene
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown
from spec.contract import Operation
from spec.field import body_properties, is_flag, states_date

_GOOD_DATE = "2024-02-29"
_BAD_DATES = ("29.02.2024", "not-a-date", "2024/02/29")
_LOOSE_DATES = ("2024-2-9", "20240229")
"""What many parsers take for the same form."""


def date_format(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A date in the stated form is taken, another is refused; only for fields whose form the contract states."""
    names = [name for name, schema in _fields(scene, operation) if states_date(scene.model, schema)]
    for name in names:
        yield _taken(scene, operation, name, _GOOD_DATE)
        yield from _date_kept(scene, operation, name)
        place = _place_without(scene, operation, name)
        for bad in (*_BAD_DATES, *(_LOOSE_DATES if scene.is_strict else ())):
            exchange = _sent_at(scene, operation, place, name, bad)
            if exchange is None or exchange.answer is None:
                yield unknown(f"no answer to a {name} of {bad!r}", exchange)
            elif exchange.answer.is_refusal:
                yield passed(exchange, f"{name} of {bad!r} refused")
            elif exchange.answer.is_success:
                yield failed(exchange, f"a {name} of {bad!r} refused with 4xx", outcome_of(exchange))
            else:
                yield unknown(f"a {name} of {bad!r} ended in {outcome_of(exchange)}", exchange)
    if not names:
        yield unknown("the contract states no form of a date here")


def _date_kept(scene: Scene, operation: Operation, name: str) -> Iterator[Sighting]:
    """Where the answer shows the field by the form that was sent, it shows the date."""
    exchange = _sent(scene, operation, name, _GOOD_DATE)
    item = scene.item(operation, exchange) if exchange is not None else None
    if exchange is None or item is None or plain_name(name) not in item:
        return
    shown = item[plain_name(name)]
    if shown is None and scene.is_strict:
        yield failed(exchange, f"{name} of {_GOOD_DATE!r}, as sent", "null")
    elif isinstance(shown, str) and len(shown) == len(_GOOD_DATE) and shown != _GOOD_DATE and scene.is_strict:
        yield failed(exchange, f"{name} of {_GOOD_DATE!r}, as sent", f"{shown!r}")


def comma_list(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A list of several values, separated by commas, is taken."""
    yield from _each(scene, operation, lambda schema: schema.get("x-list") == "comma", _two_values)
    for name, schema in _fields(scene, operation):
        if schema.get("x-list") == "comma":
            yield from _kept_whole(scene, operation, name, _two_values(schema))


def flag_accepted(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A flag is taken."""
    return _each(scene, operation, is_flag, lambda schema: True if schema.get("type") == "boolean" else "true")


def _each(
    scene: Scene,
    operation: Operation,
    concerns: Callable[[Mapping[str, Any]], bool],
    value: Callable[[Mapping[str, Any]], Any],
) -> Iterator[Sighting]:
    fields = [(name, schema) for name, schema in _fields(scene, operation) if concerns(schema)]
    for name, schema in fields:
        yield _taken(scene, operation, name, value(schema))
    if not fields:
        yield unknown("the contract has no such field here")


def _taken(scene: Scene, operation: Operation, name: str, value: Any) -> Sighting:
    exchange = _sent(scene, operation, name, value)
    if exchange is None or exchange.answer is None:
        return unknown(f"no request without {name} succeeds, so nothing can be said of it", exchange)
    if exchange.answer.is_success:
        return passed(exchange, f"{name} of {value!r} taken")
    if exchange.answer.is_refusal:
        return failed(exchange, f"a {name} of {value!r} taken", outcome_of(exchange))
    return unknown(f"a {name} of {value!r} ended in {outcome_of(exchange)}", exchange)


def _sent(scene: Scene, operation: Operation, name: str, value: Any) -> Exchange | None:
    """The exchange in which only one field differs from a request that succeeds; None when none does."""
    return _sent_at(scene, operation, _place_without(scene, operation, name), name, value)


def _place_without(scene: Scene, operation: Operation, name: str) -> Address | None:
    """Where a request without a field succeeds; None when it does nowhere."""
    plain = scene.accepted(operation, _without(scene, operation, name))
    return plain[1] if plain is not None else None


def _sent_at(scene: Scene, operation: Operation, place: Address | None, name: str, value: Any) -> Exchange | None:
    body = {**_without(scene, operation, name), name: value}
    return scene.client.send(operation, place, body=body) if place is not None else None


def _without(scene: Scene, operation: Operation, name: str) -> dict[str, Any]:
    return {key: value for key, value in dict(sample_body(scene.model, operation) or {}).items() if key != name}


def _fields(scene: Scene, operation: Operation) -> list[tuple[str, Mapping[str, Any]]]:
    return list(body_properties(scene.model, operation).items())


def _kept_whole(scene: Scene, operation: Operation, name: str, value: str) -> Iterator[Sighting]:
    """Where the answer shows the list, all of it is there."""
    exchange = _sent(scene, operation, name, value)
    item = scene.item(operation, exchange) if exchange is not None else None
    shown = item.get(plain_name(name)) if item is not None else None
    if exchange is None or not shown:
        return
    kept = shown if isinstance(shown, list) else str(shown).split(",")
    if len({str(one).strip() for one in kept}) < len(set(value.split(","))):
        yield failed(exchange, f"{name} of {value!r}, as sent", f"{shown!r}")
    else:
        yield passed(exchange, f"{name} is kept whole")


def _two_values(schema: Mapping[str, Any]) -> str:
    example = str(schema.get("example", ""))
    return example if "," in example else f"{example or 'one'},{example or 'two'}"
