"""Trouble on purpose: faults added and ended, misbehaviours switched on and off."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mockserver.admin.wording import refusing
from mockserver.errors import shorten
from mockserver.exchange import Context, Refusal, Reply
from mockserver.trouble.reader import read_fault, write_fault

if TYPE_CHECKING:
    from datetime import datetime

    from mockserver.admin.served import Acts, Served
    from mockserver.trouble.fault import ActiveRule


def list_faults(_served: Served, context: Context) -> Reply:
    """All rules, also those that are over."""
    return Reply(200, [_told_fault(active, context.now) for active in context.workspace.faults.rules])


def add_fault(served: Served, context: Context) -> Reply:
    """Put a rule to work; raises Refusal for one that cannot be."""
    with refusing("unprocessable"):
        rule = read_fault(context.body, served.engine.contract.by_id)
    with refusing("quota-exceeded"):
        active = context.workspace.faults.add(rule, context.now)
    return Reply(201, _told_fault(active, context.now))


def clear_faults(_served: Served, context: Context) -> Reply:
    """End all rules."""
    context.workspace.faults.clear()
    return Reply(204)


def remove_fault(_served: Served, context: Context) -> Reply:
    """End one rule."""
    with refusing("not-found"):
        context.workspace.faults.remove(context.path["id"])
    return Reply(204)


def list_mutants(served: Served, context: Context) -> Reply:
    """The gallery, with what is switched on."""
    engine, on = served.engine, context.workspace.mutants
    told = [
        {
            "id": name,
            "text": mutant.text,
            "breaks": mutant.breaks,
            "on": name in on,
            "operations": len(engine.gallery.showing(name)),
        }
        for name, mutant in engine.gallery.items()
    ]
    return Reply(200, told)


def set_mutants(served: Served, context: Context) -> Reply:
    """Switch on exactly those that are named; raises Refusal for a name that is none."""
    wanted = frozenset(context.body["on"])
    gallery = served.engine.gallery
    if unknown := sorted(wanted - gallery.keys()):
        told = ", ".join(shorten(name, 60) for name in unknown[:5])
        raise Refusal("unprocessable", f"there is no mutant {told}; known: {', '.join(gallery) or 'none'}")
    context.workspace.mutants = wanted
    return list_mutants(served, context)


def _told_fault(active: ActiveRule, now: datetime) -> dict[str, Any]:
    state = {"met": active.met, "struck": active.struck, "over": active.is_over(now)}
    return {"id": active.id, **write_fault(active.rule), **state}


ACTS: Final[Acts] = MappingProxyType(
    {
        "listFaults": list_faults,
        "addFault": add_fault,
        "clearFaults": clear_faults,
        "removeFault": remove_fault,
        "listMutants": list_mutants,
        "setMutants": set_mutants,
    }
)
