"""Fault rules read from JSON, strictly: a member that the effect does not know is refused, and so is a bad value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from mockserver.errors import shorten
from mockserver.trouble.fault import LONGEST, Cut, Drip, Effect, FaultError, FaultRule, Latency

_COMMON: Final = ("effect", "operations", "rate", "after", "first", "seconds", "seed")
_OWN: Final[Mapping[Effect, tuple[str, ...]]] = {
    Effect.LATENCY: ("ms", "from_ms", "to_ms", "median_ms", "sigma"),
    Effect.DRIP: ("bytes", "every_ms"),
    Effect.TRUNCATE: ("keep_bytes", "keep_share"),
    Effect.GARBAGE: (),
    Effect.STATUS: ("status", "retry_after"),
    Effect.RESET: (),
    Effect.EMPTY: (),
}
_LONGEST_MS: Final = LONGEST * 1000
_COUNT: Final = 10**9


def read_fault(raw: Any, operations: Collection[str]) -> FaultRule:
    """The rule that a JSON value describes; `operations` are the known operationIds.

    Raises FaultError that says which member, what was expected and what was seen.
    """
    if not isinstance(raw, Mapping):
        raise FaultError("a fault is an object", hint='for example {"effect": "latency", "ms": 200}')
    effect = _effect(raw)
    known = (*_COMMON, *_OWN[effect])
    for name in raw:
        if name not in known:
            raise FaultError(f"a {effect} fault has no member {shorten(name, 60)!r}", hint=f"known: {', '.join(known)}")
    return FaultRule(
        effect=effect,
        operations=_operations(raw, operations),
        rate=_number(raw, "rate", 0, 1, 1.0),
        after=_whole(raw, "after", 0, _COUNT) or 0,
        first=_whole(raw, "first", 1, _COUNT),
        seconds=_number(raw, "seconds", 0, _COUNT) if "seconds" in raw else None,
        seed=_whole(raw, "seed", 0, 2**53 - 1),
        **_READERS[effect](raw) if effect in _READERS else {},
    )


def write_fault(rule: FaultRule) -> dict[str, Any]:
    """The JSON form of a rule: what `read_fault` would make it of."""
    told: dict[str, Any] = {"effect": rule.effect.value}
    told |= {"operations": list(rule.operations)} if rule.operations else {}
    told |= {"rate": rule.rate} if rule.rate < 1 else {}
    told |= {"after": rule.after} if rule.after else {}
    told |= {
        name: value
        for name, value in (("first", rule.first), ("seconds", rule.seconds), ("seed", rule.seed))
        if value is not None
    }
    return {**told, **_write_own(rule)}


def _write_own(rule: FaultRule) -> dict[str, Any]:
    match rule.effect:
        case Effect.LATENCY:
            return _write_latency(rule.latency)
        case Effect.DRIP if rule.drip is not None:
            return {"bytes": rule.drip.size, "every_ms": rule.drip.pause * 1000}
        case Effect.TRUNCATE if rule.cut is not None:
            return {"keep_share": rule.cut.share} if rule.cut.size is None else {"keep_bytes": rule.cut.size}
        case Effect.STATUS:
            told = {"status": rule.status}
            return told if rule.retry_after is None else {**told, "retry_after": rule.retry_after}
        case _:
            return {}


def _write_latency(latency: Latency) -> dict[str, Any]:
    if latency.median is not None:
        return {"median_ms": latency.median * 1000, "sigma": latency.sigma}
    if latency.low == latency.high:
        return {"ms": latency.low * 1000}
    return {"from_ms": latency.low * 1000, "to_ms": latency.high * 1000}


def _effect(raw: Mapping[str, Any]) -> Effect:
    seen = raw.get("effect")
    if seen not in tuple(Effect):
        known = ", ".join(Effect)
        raise FaultError(f"effect: expected one of {known}; saw {shorten(seen, 60)}", hint="say what is to happen")
    return Effect(seen)


def _operations(raw: Mapping[str, Any], known: Collection[str]) -> tuple[str, ...]:
    globs = raw.get("operations", [])
    if not isinstance(globs, list) or not all(isinstance(glob, str) for glob in globs) or len(globs) > 1000:
        raise FaultError("operations: expected a list of operationIds", hint='such as ["list*"]')
    for glob in globs:
        rule = FaultRule(Effect.EMPTY, (glob,))
        if not any(rule.concerns(name) for name in known):
            names = ", ".join(sorted(known))
            raise FaultError(f"operations: {shorten(glob, 60)!r} fits no operation", hint=f"known: {names}")
    return tuple(globs)


def _latency(raw: Mapping[str, Any]) -> dict[str, Any]:
    given = [name for name in _OWN[Effect.LATENCY] if name in raw]
    match given:
        case ["ms"]:
            seconds = _number(raw, "ms", 0, _LONGEST_MS) / 1000
            return {"latency": Latency(seconds, seconds)}
        case ["from_ms", "to_ms"]:
            low = _number(raw, "from_ms", 0, _LONGEST_MS)
            return {"latency": Latency(low / 1000, _number(raw, "to_ms", low, _LONGEST_MS) / 1000)}
        case ["median_ms", "sigma"]:
            median = _number(raw, "median_ms", 0.001, _LONGEST_MS) / 1000
            return {"latency": Latency(median=median, sigma=_number(raw, "sigma", 0, 10))}
        case _:
            told = ", ".join(given) or "none of them"
            raise FaultError(
                f"latency: expected ms, or from_ms and to_ms, or median_ms and sigma; saw {told}",
                hint='for example {"effect": "latency", "from_ms": 50, "to_ms": 400}',
            )


def _drip(raw: Mapping[str, Any]) -> dict[str, Any]:
    size = _whole(raw, "bytes", 1, _COUNT)
    return {"drip": Drip(1 if size is None else size, _number(raw, "every_ms", 0, _LONGEST_MS, 100) / 1000)}


def _truncate(raw: Mapping[str, Any]) -> dict[str, Any]:
    if "keep_bytes" in raw and "keep_share" in raw:
        raise FaultError("truncate: expected keep_bytes or keep_share; saw both", hint="keep one of them")
    if "keep_bytes" in raw:
        return {"cut": Cut(_whole(raw, "keep_bytes", 0, _COUNT))}
    return {"cut": Cut(share=_number(raw, "keep_share", 0, 1, 0.5))}


def _status(raw: Mapping[str, Any]) -> dict[str, Any]:
    status = _whole(raw, "status", 400, 599)
    if status is None:
        raise FaultError("status: expected 400 to 599; saw nothing", hint='such as {"effect": "status", "status": 503}')
    return {"status": status, "retry_after": _whole(raw, "retry_after", 0, 86_400)}


_READERS: Final[Mapping[Effect, Callable[[Mapping[str, Any]], dict[str, Any]]]] = {
    Effect.LATENCY: _latency,
    Effect.DRIP: _drip,
    Effect.TRUNCATE: _truncate,
    Effect.STATUS: _status,
}


def _whole(raw: Mapping[str, Any], name: str, low: int, high: int) -> int | None:
    value = raw.get(name)
    if name not in raw:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise FaultError(f"{name}: expected a whole number from {low} to {high}; saw {shorten(value, 60)}")
    return value


def _number(raw: Mapping[str, Any], name: str, low: float, high: float, default: float = 0.0) -> float:
    value = raw.get(name, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise FaultError(f"{name}: expected a number from {low:g} to {high:g}; saw {shorten(value, 60)}")
    return float(value)
