"""A mutant: one deliberate misbehaviour, declared as one small transformation at one stage of a request.

Handlers know nothing of mutants. A stage is wrapped only while a mutant is switched on that applies to
the operation; the wrapped result is not checked against the contract, since breaking it is the point.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.exchange import Answer, Around, Identity, Judged

if TYPE_CHECKING:
    from mockserver.passage import Passage
    from spec.contract import Contract, Operation

Admit = Callable[["Passage"], "Identity | None"]
Judge = Callable[["Passage"], Judged]
Finish = Callable[["Passage", Answer], Answer]


@dataclass(frozen=True, slots=True)
class Mutant:
    """One misbehaviour; exactly one of the four stages, or `wait`, is set.

    id: kebab-case, stable. text: what is wrong, in one sentence. breaks: a behaviour or a derived kind of
    requirement (`spec.behaviour`). applies: the operations that can show it.
    admit: instead of the check of credentials. judge: instead of the check of the request.
    answer: instead of the handler and the check of its reply. finish: changes the bytes of any answer,
    also of a refusal, just before they leave; also where no operation was found, whatever `applies` says.
    wait: seconds that an answer is held back.
    """

    id: str
    text: str
    breaks: str
    applies: Callable[[Contract, Operation], bool]
    admit: Callable[[Passage, Admit], Identity | None] | None = None
    judge: Callable[[Passage, Judge], Judged] | None = None
    answer: Around | None = None
    finish: Finish | None = None
    wait: float = 0.0

    def __post_init__(self) -> None:
        stages = (self.admit, self.judge, self.answer, self.finish)
        if sum(stage is not None for stage in stages) + bool(self.wait) != 1:
            raise ValueError(f"the mutant {self.id} must change exactly one stage")
