"""Clocks: read, moved forward, frozen and let run."""

from __future__ import annotations

from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mockserver.admin.wording import refusing, told_moment
from mockserver.exchange import Context, Refusal, Reply

if TYPE_CHECKING:
    from mockserver.admin.served import Acts, Served
    from mockserver.state.clock import Clock

_RATES: Final = MappingProxyType({"real": 1.0, "frozen": 0.0})


def get_clock(_served: Served, context: Context) -> Reply:
    """What time it is, and how fast it passes."""
    return _tell(context.workspace.clock)


def set_clock(_served: Served, context: Context) -> Reply:
    """Move the clock, or change its rate; raises Refusal for what contradicts itself or leads back."""
    body, clock = context.body, context.workspace.clock
    rate = _rate(body.get("mode"), body.get("rate"))
    with refusing("unprocessable"):
        if "now" in body:
            clock.set(datetime.fromisoformat(body["now"]))
        if rate is not None:
            clock.run(rate)
    return _tell(clock)


def advance_clock(_served: Served, context: Context) -> Reply:
    """Move the clock forward by some seconds."""
    with refusing("unprocessable"):
        context.workspace.clock.advance(context.body["seconds"])
    return _tell(context.workspace.clock)


def _rate(mode: str | None, rate: float | None) -> float | None:
    if mode is None:
        return rate
    meant = _RATES.get(mode, rate)
    if meant is None:
        raise Refusal("unprocessable", "a scaled clock needs its rate: seconds of this clock in a real one")
    if rate is not None and rate != meant:
        raise Refusal("unprocessable", f"a {mode} clock has the rate {meant:g}, not {rate:g}; leave one of them out")
    return meant


def _tell(clock: Clock) -> Reply:
    return Reply(200, {"now": told_moment(clock.now()), "mode": clock.mode, "rate": clock.rate})


ACTS: Final[Acts] = MappingProxyType({"getClock": get_clock, "setClock": set_clock, "advanceClock": advance_clock})
