"""The trace: an append-only list of what the kit created, on disk before anybody could forget it.

One JSON object a line, flushed at once, in `created.ndjson` beside the ledger:

    intended   the next request may create something: operation, addresses of its parents, the name it is given
    created    it did: the chain of ids, outermost first
    refused    it did not
    deleted    the thing is gone again
    leftover   it could not be deleted, and why

An intention with no other line of its number was cut off by a kill: the thing may exist, with an id that nobody
was told. `mockproof clean` then looks for it by its name.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from conformance.errors import ReportError
from conformance.secret import Secrets

TRACE_NAME = "created.ndjson"

Chain = Mapping[str, str]
"""Ids of a thing and of all it lies in, by resource name, outermost first."""


@dataclass(frozen=True, slots=True)
class Intention:
    """A request that may create something.

    chain: the parents. name: how the thing would be called, if at all. identity: who asks.
    """

    number: str
    operation: str
    resource: str
    chain: Chain
    name: str | None = None
    identity: str = "first"


@dataclass(frozen=True, slots=True)
class Creation:
    """Something that the kit created; `url` is where it can be found, as far as the answer or the contract tells."""

    number: str
    resource: str
    chain: Chain
    operation: str = ""
    url: str = ""
    identity: str = "first"


@dataclass(slots=True)
class Trace:
    """What was intended, created and deleted in one run; `path` is None for a list that is only kept in memory.

    run: the run's id, which stands in every name that is given. stem: begins the numbers of intentions, one for each
    process that writes. told: called with every new line, beside the file. secrets: what the file must not hold.
    """

    run: str = "run"
    path: Path | None = None
    intentions: dict[str, Intention] = field(default_factory=dict)
    creations: list[Creation] = field(default_factory=list)
    deleted: set[tuple[tuple[str, str], ...]] = field(default_factory=set)
    leftovers: dict[str, str] = field(default_factory=dict)
    """Number of a creation to the reason why it is still there."""
    stem: str = "plain"
    told: Callable[[Mapping[str, Any]], None] | None = None
    secrets: Secrets = field(default_factory=Secrets)
    failed: str | None = None
    """Why what became of things no longer reaches the disk, once writing failed."""
    _count: int = 0

    def intend(
        self, operation: str, resource: str, chain: Chain, name: str | None = None, identity: str = "first"
    ) -> str:
        """Write down that a request may create something; returns its number.

        Raises ReportError when that cannot be written: then the request must not be sent.
        """
        self._count += 1
        number = f"{self.stem}-{self._count}"
        self.take(
            {"kind": "intended", "number": number, "operation": operation, "resource": resource, "chain": dict(chain),
             "name": name, "identity": identity}
        )  # fmt: skip
        return number

    def created(self, number: str, chain: Chain, url: str = "") -> None:
        """Write down what an intended request created."""
        self.take({"kind": "created", "number": number, "chain": dict(chain), "url": url})

    def refused(self, number: str) -> None:
        """Write down that an intended request created nothing."""
        self.take({"kind": "refused", "number": number})

    def gone(self, chain: Chain) -> None:
        """Write down that a thing is no longer there."""
        self.take({"kind": "deleted", "chain": dict(chain)})

    def left(self, creation: Creation, reason: str) -> None:
        """Write down that a thing could not be deleted."""
        self.take({"kind": "leftover", "number": creation.number, "chain": dict(creation.chain), "reason": reason})

    def take(self, line: Mapping[str, Any], *, write: bool = True) -> None:
        """Take in one line; `write` it to disk unless somebody did. Raises ReportError for an intention only.

        Whatever else cannot be written has happened already: it must be known at least as long as the run lasts.
        """
        if write and self.path is not None:
            try:
                append(self.path, self.secrets.mask_all(line))
            except ReportError as error:
                self.failed = error.message
                if line["kind"] == "intended":
                    raise
        if write and self.told is not None:
            self.told(line)
        self._learn(line)

    def catch_up(self) -> None:
        """Learn from the file what another process wrote to it and had no time to tell."""
        for line in _lines(self.path) if self.path is not None else ():
            self.take(line, write=False)

    def open_intentions(self) -> list[Intention]:
        """Intentions of which nobody knows what came of them."""
        return list(self.intentions.values())

    def remaining(self) -> list[Creation]:
        """What was created and is not gone, newest first."""
        return [one for one in reversed(self.creations) if _key(one.chain) not in self.deleted]

    def alive(self) -> list[Creation]:
        """What of it lies in nothing that is gone either, newest first: a deletion may have taken it along."""
        return [one for one in self.remaining() if self.deleted.isdisjoint(_outer(_key(one.chain)))]

    def is_ours(self, chain: Chain) -> bool:
        """Whether the thing at a chain of ids, or one that it lies in, was created by this run."""
        wanted = dict(chain)
        return any(_covers(creation, wanted) for creation in self.creations)

    def lines(self) -> tuple[dict[str, Any], ...]:
        """Lines from which another process learns what was created and what is gone."""
        made = tuple({"kind": "created", "number": one.number, "chain": dict(one.chain)} for one in self.creations)
        return made + tuple({"kind": "deleted", "chain": dict(key)} for key in sorted(self.deleted))

    def _learn(self, line: Mapping[str, Any]) -> None:
        kind, number = line["kind"], line.get("number", "")
        if kind == "intended":
            self.intentions[number] = Intention(
                number,
                line["operation"],
                line["resource"],
                line["chain"],
                line.get("name"),
                line.get("identity", "first"),
            )
            self._count = max(self._count, _ordinal(number, self.stem))
        elif kind == "created":
            intention = self.intentions.pop(number, None)
            resource = intention.resource if intention else list(line["chain"])[-1]
            operation = intention.operation if intention else ""
            identity = intention.identity if intention else "first"
            self.deleted.discard(_key(line["chain"]))  # an id may be given again
            if all(_key(one.chain) != _key(line["chain"]) for one in self.creations):
                self.creations.append(
                    Creation(number, resource, line["chain"], operation, line.get("url", ""), identity)
                )
        elif kind == "refused":
            self.intentions.pop(number, None)
        elif kind == "deleted":
            self.deleted.add(_key(line["chain"]))
        elif kind == "leftover":
            self.leftovers[number] = line["reason"]


def append(path: Path, line: Mapping[str, Any]) -> None:
    """Append one line to a list on disk, flushed; raises ReportError.

    The folder is there before a run begins. One that somebody removed meanwhile is not made again: nobody would look
    for the list there.
    """
    try:
        with path.open("a", encoding="ascii") as file:
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
    except OSError as error:
        raise ReportError(
            f"cannot write {path}: {error.strerror}", hint="the list of created things must be kept; make room for it"
        ) from error


def read_trace(path: Path, run: str, secrets: Secrets | None = None) -> Trace:
    """The trace that a file holds; an empty one for a missing file. A line that a crash cut is left out."""
    trace = Trace(run, path, secrets=secrets or Secrets())
    for line in _lines(path):
        trace.take(line, write=False)
    return trace


def end_line(path: Path) -> None:
    """Make sure that the next line of a file begins on its own, after a crash cut the last one."""
    if path.exists() and path.stat().st_size and not path.read_bytes().endswith(b"\n"):
        with path.open("a", encoding="ascii") as file:
            file.write("\n")


def _ordinal(number: str, stem: str) -> int:
    text = number.removeprefix(f"{stem}-")
    return int(text) if text != number and text.isdecimal() else 0


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if not path.exists():
        return
    for text in path.read_text(encoding="ascii", errors="replace").splitlines():
        try:
            line = json.loads(text)
        except ValueError:
            continue
        if isinstance(line, dict) and "kind" in line:
            yield line


def _key(chain: Chain) -> tuple[tuple[str, str], ...]:
    return tuple((resource, str(identifier)) for resource, identifier in chain.items())


def _covers(creation: Creation, wanted: Chain) -> bool:
    """Whether a chain leads to, or through, a created thing: same id, and no ancestor that says otherwise."""
    if wanted.get(creation.resource) != creation.chain.get(creation.resource):
        return False
    shared = (resource for resource in creation.chain if resource in wanted)
    return all(wanted[resource] == creation.chain[resource] for resource in shared)


def _outer(key: tuple[tuple[str, str], ...]) -> Iterator[tuple[tuple[str, str], ...]]:
    """The things that a thing lies in, outermost first."""
    return (key[:length] for length in range(1, len(key)))
