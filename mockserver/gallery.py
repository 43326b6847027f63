"""The mutants that one contract can show, looked up when somebody asks for one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from mockserver.errors import MutantError

if TYPE_CHECKING:
    from mockserver.mutant import Mutant
    from spec.contract import Contract


class Gallery(Mapping[str, "Mutant"]):
    """Mutants by id, in the order in which they are listed, those that the contract cannot show included.

    mutants: by default all that there are.
    """

    def __init__(self, contract: Contract, mutants: Iterable[Mutant] | None = None) -> None:
        self._contract = contract
        self._given = tuple(mutants) if mutants is not None else None
        self._showing: dict[str, frozenset[str]] = {}

    def __getitem__(self, mutant_id: str) -> Mutant:
        return self._mutants[mutant_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._mutants)

    def __len__(self) -> int:
        return len(self._mutants)

    def check(self, ids: Iterable[str]) -> None:
        """Raise MutantError for a misbehaviour that nobody knows, or that the contract cannot show."""
        for one in ids:
            if one not in self or not self.showing(one):
                why = "no operation of the contract can show it" if one in self else "there is none of that name"
                known = ", ".join(sorted(name for name in self if self.showing(name)))
                raise MutantError(f"the mutant {one!r} cannot be switched on: {why}", hint=f"known: {known}")

    def chosen(self, ids: Iterable[str], operation_id: str | None) -> tuple[Mutant, ...]:
        """The mutants of these ids that an operation can show; without an operation, those that change any answer."""
        wanted = frozenset(ids)
        return tuple(
            mutant
            for name, mutant in self._mutants.items()
            if name in wanted
            and (operation_id in self.showing(name) if operation_id is not None else mutant.finish is not None)
        )

    def showing(self, mutant_id: str) -> frozenset[str]:
        """The operations that can show a mutant."""
        found = self._showing.get(mutant_id)
        if found is None:
            mutant, contract = self._mutants[mutant_id], self._contract
            found = frozenset(one.id for one in contract.operations if mutant.applies(contract, one))
            self._showing[mutant_id] = found
        return found

    @cached_property
    def _mutants(self) -> Mapping[str, Mutant]:
        if self._given is not None:
            return {mutant.id: mutant for mutant in self._given}
        # Two dozen modules that hardly any mock ever needs; each start would pay for them.
        from mockserver.mutants import GALLERY

        return {mutant.id: mutant for mutant in GALLERY}
