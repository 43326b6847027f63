"""What the clients of a mock have made use of: operations, statuses, broken rules, values of enumerations.

Counting is one step of a dictionary for each thing counted; only operations that have enumerations look at
values. What was never used is worked out when somebody asks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from spec.resource import follow

if TYPE_CHECKING:
    from mockserver.exchange import Answer, Judged
    from mockserver.passage import Passage
    from spec.contract import Contract, JsonObject, Operation

_MOST_NAMES = 2000
"""Names of parameters and fields come from clients where a contract allows any; so many are told apart."""

_PLACES = {"path": 0, "query": 1, "header": 2, "cookie": 3, "body": 4}
"""Where a `Judged` holds the values of each place."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An enumeration that a request chooses from. place: path, query, header, cookie or body; name: of the field."""

    place: str
    name: str
    values: tuple[Any, ...]
    is_list: bool


class _Tally:
    """What was used of one operation."""

    __slots__ = ("choices", "chosen", "examples", "faults", "places", "statuses", "violations")

    def __init__(self, choices: tuple[Choice, ...]) -> None:
        self.choices = choices
        self.places = tuple((choice, _PLACES[choice.place]) for choice in choices)
        self.faults = 0
        self.statuses: Counter[int] = Counter()
        self.violations: Counter[tuple[str, str, str]] = Counter()
        self.examples: Counter[str] = Counter()
        self.chosen: Counter[tuple[int, Any]] = Counter()

    def note_violations(self, answer: Answer) -> None:
        for violation in answer.violations:
            key = (violation.place, violation.pointer, violation.keyword)
            if key in self.violations or len(self.violations) < _MOST_NAMES:
                self.violations[key] += 1

    def note_choices(self, judged: Judged) -> None:
        for number, (choice, index) in enumerate(self.places):
            given = judged[index]
            value = given.get(choice.name) if isinstance(given, Mapping) else None
            if choice.is_list and isinstance(value, list):
                for one in value:
                    self._note_choice(number, choice, one)
            else:
                self._note_choice(number, choice, value)

    def _note_choice(self, number: int, choice: Choice, value: Any) -> None:
        if value in choice.values:
            self.chosen[number, value] += 1

    def report(self, operation: Operation) -> dict[str, Any]:
        documented = [status for status in operation.responses if status.isdecimal()]
        return {
            "operation": operation.id,
            "calls": self.statuses.total(),
            "faults": self.faults,
            "statuses": {
                "seen": {str(status): count for status, count in sorted(self.statuses.items())},
                "never_seen": [status for status in documented if int(status) not in self.statuses],
                "undocumented": [one for one in sorted(self.statuses) if operation.response_for(one) is None],
            },
            "violated": [
                {"in": place, "pointer": pointer, "keyword": keyword, "count": count}
                for (place, pointer, keyword), count in sorted(self.violations.items())
            ],
            "examples": dict(sorted(self.examples.items())),
            "choices": [self._report_choice(place, choice) for place, choice in enumerate(self.choices)],
        }

    def _report_choice(self, place: int, choice: Choice) -> dict[str, Any]:
        seen = [value for value in choice.values if (place, value) in self.chosen]
        unseen = [value for value in choice.values if (place, value) not in self.chosen]
        return {"in": choice.place, "name": choice.name, "seen": seen, "never_seen": unseen}


class Coverage:
    """What was used of one contract, counted over all workspaces since it was last cleared."""

    def __init__(self, contract: Contract) -> None:
        self._operations = contract.operations
        self._choices = {one.id: tuple(_choices(contract.document, one)) for one in contract.operations}
        self.clear()

    def clear(self) -> None:
        """Start counting anew."""
        self._tallies = {name: _Tally(choices) for name, choices in self._choices.items()}
        self._unknown = 0

    def note(self, passage: Passage, answer: Answer) -> None:
        """Count one request and its answer."""
        tally = self._tallies.get(passage.operation.id) if passage.operation is not None else None
        if tally is None:
            self._unknown += 1
            return
        if answer.why == "fault":
            # Trouble made on purpose says nothing of the contract.
            tally.faults += 1
            return
        tally.statuses[answer.status] += 1
        if answer.violations:
            tally.note_violations(answer)
        if passage.preference.example is not None and answer.why == "forced":
            tally.examples[passage.preference.example] += 1
        if tally.choices and passage.judged is not None:
            tally.note_choices(passage.judged)

    def report(self) -> dict[str, Any]:
        """What was used and what was not, as JSON: a summary, then every operation in the order of the contract."""
        operations = [self._tallies[operation.id].report(operation) for operation in self._operations]
        never = [one["operation"] for one in operations if not one["calls"]]
        return {
            "operations": {"total": len(operations), "called": len(operations) - len(never)},
            "never_called": never,
            "undocumented": [
                {"operation": one["operation"], "status": status}
                for one in operations
                for status in one["statuses"]["undocumented"]
            ],
            "unknown_routes": self._unknown,
            "by_operation": operations,
        }


def _choices(document: JsonObject, operation: Operation) -> Iterator[Choice]:
    for parameter in operation.parameters:
        yield from _choice(document, parameter.location, parameter.name, parameter.schema)
    known: set[str] = set()
    for media in operation.body.media_types.values() if operation.body else ():
        for name, schema in follow(document, media.schema or {}).get("properties", {}).items():
            # A form's name in brackets and the plain name of JSON are one field.
            plain = name.partition("[")[2].rstrip("]") or name
            if plain not in known:
                known.add(plain)
                yield from _choice(document, "body", plain, schema)


def _choice(document: JsonObject, place: str, name: str, schema: JsonObject) -> Iterator[Choice]:
    settled = follow(document, schema)
    is_list = settled.get("type") == "array"
    if is_list:
        settled = follow(document, settled.get("items", {}))
    values = tuple(value for value in settled.get("enum", ()) if not isinstance(value, list | dict))
    if values:
        yield Choice(place, name, values, is_list)
