"""Journals: read, cleared, and asked whether something happened."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import shorten
from mockserver.exchange import Context, Refusal, Reply
from mockserver.journal.check import Expectation, verify
from mockserver.journal.query import Criteria, select
from mockserver.journal.view import detail, summarise

if TYPE_CHECKING:
    from mockserver.admin.served import Acts, Served

_CRITERIA: Final = ("operation", "method", "path", "status", "why", "body")


def list_journal(_served: Served, context: Context) -> Reply:
    """The entries that meet all criteria."""
    journal, query = context.workspace.journal, context.query
    criteria = Criteria(**{name: query[name] for name in _CRITERIA if name in query})
    found = select(journal, criteria, after=query["after"], limit=query["limit"])
    told = {"entries": [summarise(entry) for entry in found], "last": journal.last, "dropped": journal.dropped}
    return Reply(200, told)


def get_journal_entry(_served: Served, context: Context) -> Reply:
    """One entry whole; raises Refusal where there is none, or none any more."""
    journal, name = context.workspace.journal, context.path["id"]
    entry = journal.find(name)
    if entry is None:
        gone = f"; {journal.dropped} entries were forgotten" if journal.dropped else ""
        raise Refusal("not-found", f"the journal has no entry {shorten(name, 60)!r}{gone}")
    return Reply(200, detail(entry))


def clear_journal(_served: Served, context: Context) -> Reply:
    """Forget every entry."""
    context.workspace.journal.clear()
    return Reply(204)


def verify_journal(_served: Served, context: Context) -> Reply:
    """Judge what is expected of the entries."""
    body = context.body
    expectations = [_expectation(raw) for raw in body["expect"]]
    result = verify(
        context.workspace.journal, expectations, ordered=body.get("ordered", False), after=body.get("after", 0)
    )
    outcomes = [
        {"finding": one.finding, "text": one.text, "found": list(one.found), "near": list(one.near)}
        for one in result.outcomes
    ]
    return Reply(200, {"finding": result.finding, "dropped": result.dropped, "outcomes": outcomes})


def _expectation(raw: Mapping[str, Any]) -> Expectation:
    at_least, at_most = raw.get("at_least"), raw.get("at_most")
    if "times" in raw and (at_least is not None or at_most is not None):
        raise Refusal("unprocessable", "an expectation has times, or at_least and at_most, and not both")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise Refusal("unprocessable", f"at least {at_least} and at most {at_most} cannot both be")
    return Expectation(Criteria(**raw["match"]), raw.get("times"), at_least, at_most)


ACTS: Final[Acts] = MappingProxyType(
    {
        "listJournal": list_journal,
        "getJournalEntry": get_journal_entry,
        "clearJournal": clear_journal,
        "verifyJournal": verify_journal,
    }
)
