"""What a client asks of the mock itself, as a value; `mockserver.prefer.reader` makes it of a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Preference:
    """The wishes of one request.

    code: the status code to answer with. example: the named example to answer with. dynamic: make the body up
    anew, with `seed`. delay: seconds to wait before the answer. mutants: ids of misbehaviours to switch on.
    applied: the preferences as they are told by Preference-Applied, in the order in which they came.
    """

    code: int | None = None
    example: str | None = None
    dynamic: bool = False
    seed: int | None = None
    delay: float = 0.0
    mutants: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()

    @property
    def forces(self) -> bool:
        """Whether the answer is made from the contract alone, without looking at state or writing it."""
        return self.code is not None or self.example is not None or self.dynamic


NO_PREFERENCE: Final = Preference()
