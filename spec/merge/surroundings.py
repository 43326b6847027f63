"""What a rule may know beside its fact: the other facts of the same source."""

from __future__ import annotations

from typing import Any

from spec.facts import Reading


class Surroundings:
    """One reading, indexed for the rules; `api` groups the sources of one interface."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.api = reading.source.api
        self.operations = tuple(fact.address[:3] for fact in reading.facts if is_operation(fact.address))
        self.addresses = frozenset(fact.address for fact in reading.facts)
        self._document: dict[tuple[str, ...], Any] = {
            fact.address[2:]: fact.value for fact in reading.facts if fact.address[0] == "document"
        }

    def document(self, *name: str) -> Any:
        """What the source says of itself under that name, or None."""
        return self._document.get(name)


def is_operation(address: tuple[str, ...]) -> bool:
    """Whether an address names an operation and nothing below it."""
    return address[0] == "paths" and len(address) == 3
