"""The script of a reproducer: requests in order, what is taken from their answers, and the claim at the end.

Both forms, shell and Python, are written from it. Expressions are Python: `got3` is the answer to step 3 (a list of
answers where the step walks pages), `id_2` a value that was taken from an earlier answer.
"""

from __future__ import annotations

import io
import tokenize
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field


def written(expression: str) -> str:
    """A Python expression with double quotes around its texts, which a shell script can quote legibly."""
    found = []
    for token in tokenize.generate_tokens(io.StringIO(expression).readline):
        plain = token.type == tokenize.STRING and token.string.startswith("'") and not {'"', "\\"} & set(token.string)
        found.append(
            (token.type, f'"{token.string[1:-1]}"' if plain else token.string, token.start, token.end, token.line)
        )
    return str(tokenize.untokenize(found)).strip()


@dataclass(frozen=True, slots=True)
class Variable:
    """A place in a text that is filled in while the reproducer runs; is_quoted: percent-encoded."""

    name: str
    is_quoted: bool = False


@dataclass(frozen=True, slots=True)
class Secret:
    """A place in a text where a credential from the environment goes."""

    name: str


Text = tuple["str | Variable | Secret", ...]
"""A text in parts."""


Headers = tuple[tuple[str, Text], ...]
"""Header fields with lower-case names."""


@dataclass(frozen=True, slots=True)
class Call:
    """One request."""

    method: str
    target: Text
    headers: Headers = ()
    body: Text = ()


@dataclass(frozen=True, slots=True)
class Send:
    """Send a request; its answer is `got{number}`."""

    number: int
    call: Call
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Walk:
    """Get all pages of a list, told of by a constant; the answers are `got{number}`."""

    number: int
    call: Call
    told: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Fill:
    """Create items until a list has as many as wanted."""

    listing: Call
    told: str
    wanted: int
    create: Call
    undo: Call | None
    envelope: str | None
    id_name: str
    number: int


@dataclass(frozen=True, slots=True)
class Take:
    """Take a value from answers; a text that needs a success raises Unclear without one."""

    name: str
    expression: str
    comment: str = ""


@dataclass(frozen=True, slots=True)
class Undo:
    """Note what is to be deleted at the end, if a variable says that it is there."""

    call: Call
    unless_empty: str


@dataclass(frozen=True, slots=True)
class Leave:
    """Say that what was made, if a variable says that it was, cannot be deleted; target: where it is."""

    target: Text
    unless_empty: str


@dataclass(frozen=True, slots=True)
class Pause:
    """Let seconds pass."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Watch:
    """Ask again and again, until an expression is empty or the seconds are over; the last answer is `got{number}`."""

    number: int
    call: Call
    until: str
    seconds: float
    comment: str = ""


Step = Send | Walk | Fill | Take | Undo | Leave | Pause | Watch


@dataclass(frozen=True, slots=True)
class Script:
    """A reproducer before it is written in a language.

    claim: expression that is an empty text when the fault is gone; None where somebody has to look.
    constants: names in expressions with their values. touches: a request that changes what was there before.
    variables: credentials that it needs. prefix, name_length: how names of created things are made up.
    """

    requirement: str
    promise: str
    expected: str
    seen: str
    target: str
    steps: tuple[Step, ...]
    claim: str | None
    constants: Mapping[str, object] = field(default_factory=dict)
    variables: tuple[str, ...] = ()
    touches: str | None = None
    prefix: str = "mockproof-"
    name_length: int = 6

    @property
    def judgement(self) -> str:
        """The claim, or a look at every answer where there is none."""
        if self.claim is not None:
            return self.claim
        numbers = [step.number for step in self.steps if isinstance(step, (Send, Walk, Watch))]
        return f"by_eye([{', '.join(f'got{number}' for number in numbers)}])"

    @property
    def expressions(self) -> tuple[str, ...]:
        """Every expression in it."""
        found = [self.judgement]
        for step in self.steps:
            if isinstance(step, Take):
                found.append(step.expression)
            elif isinstance(step, Watch):
                found.append(step.until)
        return tuple(found)

    @property
    def headers(self) -> Mapping[Headers, str]:
        """Header fields that are known from the beginning, and what they are called."""
        found = dict.fromkeys(call.headers for step in self.steps for call in _calls(step))
        known = [one for one in found if one and not any(_is_taken(part) for _, text in one for part in text)]
        return {one: f"headers{number}" for number, one in enumerate(known, start=1)}


def _calls(step: Step) -> Iterator[Call]:
    if isinstance(step, Fill):
        yield from (step.listing, step.create, *((step.undo,) if step.undo is not None else ()))
    elif isinstance(step, (Send, Walk, Watch, Undo)):
        yield step.call


def _is_taken(part: str | Variable | Secret) -> bool:
    return isinstance(part, Variable)
