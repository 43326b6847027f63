"""What was asked and what was answered: a ring of one workspace, bounded by count and by bytes.

Noting is on the path of every request, so it keeps references to what is there anyway, masked, and no more.
What a reader sees is made when somebody reads. A ring forgets its oldest entries; how many is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple

from mockserver.journal.masking import Mask, mask_body

if TYPE_CHECKING:
    from mockserver.exchange import Answer, Violation
    from mockserver.passage import Passage


@dataclass(frozen=True, slots=True)
class JournalLimits:
    """What one journal may hold. entries: how many; bytes: of all together; body: kept of any one body, in bytes."""

    entries: int = 10_000
    bytes: int = 32 * 1024 * 1024
    body: int = 64 * 1024


class Entry(NamedTuple):
    """One request and its answer, as it was captured: masked, and its bodies cut.

    number: counts from 1 in this journal, and never again after a reset. id: of the request. time: on the clock of
    the workspace. seconds: that the answer took. path, query: as sent. operation: None where there was none.
    request_size, answer_size: of the whole bodies, in bytes. raw_answer: not masked yet. weight: what the entry
    counts for, in bytes.
    """

    number: int
    id: str
    time: datetime
    seconds: float
    operation: str | None
    method: str
    path: str
    query: bytes
    request_headers: Mapping[str, str]
    request_body: bytes
    request_size: int
    status: int
    answer_headers: tuple[tuple[str, str], ...]
    answer_media_type: str | None
    raw_answer: bytes
    answer_size: int
    why: str
    violations: tuple[Violation, ...]
    mutants: tuple[str, ...]
    faults: tuple[str, ...]
    identity: str | None
    weight: int

    @property
    def answer_body(self) -> bytes:
        """The body of the answer, masked and cut."""
        return mask_body(self.raw_answer)


_make = partial(tuple.__new__, Entry)


class _Latest(NamedTuple):
    """What was noted of an operation last. sent: the header fields as they came; headers: without secrets."""

    path: str = ""
    sent: Mapping[str, str] = MappingProxyType({})
    headers: Mapping[str, str] = MappingProxyType({})
    request_body: bytes = b""
    answer_body: bytes = b""
    answer_headers: tuple[tuple[str, str], ...] = ()
    violations: tuple[Violation, ...] = ()


_NOTHING = _Latest()
_latest = partial(tuple.__new__, _Latest)

_WEIGHT = 700
"""About what an entry weighs beside its texts."""

_PAIR = 120
"""About what a header field weighs beside its texts."""


class Journal:
    """The entries of one workspace, oldest first.

    now: the time on the clock of the workspace. mask: what must not be written down.
    """

    def __init__(self, now: Callable[[], datetime], mask: Mask, limits: JournalLimits | None = None) -> None:
        self._now = now
        self._mask = mask
        self._limits = limits or JournalLimits()
        self._entries: deque[Entry] = deque()
        self._latest: dict[str | None, _Latest] = {}
        self._bytes = 0
        self._last = 0
        self._dropped = 0

    def note(self, passage: Passage, answer: Answer, seconds: float, faults: tuple[str, ...] = ()) -> None:
        """Write down one request and its answer; faults are the ids of those that struck."""
        mask, limit = self._mask, self._limits.body
        operation = passage.operation.id if passage.operation is not None else None
        path, sent, headers, former_request, former_answer, pairs, violations = self._latest.get(operation, _NOTHING)
        if sent is not passage.headers:
            sent = passage.headers
            if headers != (masked := mask.headers(sent)):
                headers = masked
        request_body, answer_body = passage.body, answer.body
        request_size, answer_size = len(request_body), len(answer_body)
        if request_size:
            request_body = mask_body(request_body[:limit])
            if former_request == request_body:
                request_body = former_request
        if answer_size:
            # Masked by whoever reads it: it comes from state that is kept in clear anyway, and looking at it all costs.
            answer_body = former_answer if former_answer == answer_body else answer_body[:limit]
        # Who asks again and again, and hears the same, fills no memory with it.
        if path != passage.path:
            path = passage.path
        if pairs != answer.headers:
            pairs = mask.pairs(answer.headers)
        if violations != answer.violations:
            violations = answer.violations
        self._latest[operation] = _latest((path, sent, headers, request_body, answer_body, pairs, violations))
        query = passage.query
        weight = (
            _WEIGHT + len(path) + len(query) + len(request_body) + len(answer_body) + passage.size
            + _PAIR * (len(headers) + len(pairs) + 3 * len(violations))
        )  # fmt: skip
        self._last = number = self._last + 1
        self._entries.append(
            # Twice as fast as calling Entry, which would only do the same.
            _make((
                number,
                passage.request_id,
                passage.now or self._now(),
                seconds,
                operation,
                passage.method,
                path,
                mask.query(query) if query else query,
                headers,
                request_body,
                request_size,
                answer.status,
                pairs,
                answer.media_type,
                answer_body,
                answer_size,
                answer.why,
                violations,
                tuple(mutant.id for mutant in passage.mutants) if passage.mutants else (),
                faults,
                passage.identity.name if passage.identity is not None else None,
                weight,
            ))
        )  # fmt: skip
        self._bytes += weight
        if self._bytes > self._limits.bytes or len(self._entries) > self._limits.entries:
            self._shrink()

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    @property
    def bytes(self) -> int:
        """About what the entries weigh, in bytes."""
        return self._bytes

    @property
    def dropped(self) -> int:
        """How many entries were forgotten since the journal was last cleared, because it was full."""
        return self._dropped

    @property
    def last(self) -> int:
        """Number of the latest entry ever noted; 0 if there was none."""
        return self._last

    def is_whole(self, after: int = 0) -> bool:
        """Whether no entry after that number was forgotten since the journal was last cleared."""
        return not self._dropped or (bool(self._entries) and self._entries[0].number <= after + 1)

    def find(self, name: str) -> Entry | None:
        """The entry with that number, or the latest with that request id."""
        if name.isdecimal() and name.isascii() and len(name) <= 15:
            for entry in self._entries:
                if entry.number == int(name):
                    return entry
        return next((entry for entry in reversed(self._entries) if entry.id == name), None)

    def clear(self) -> None:
        """Forget every entry; numbers go on."""
        self._entries.clear()
        self._latest.clear()
        self._bytes = self._dropped = 0

    def _shrink(self) -> None:
        entries, most_entries, most_bytes = self._entries, self._limits.entries, self._limits.bytes
        while entries and (self._bytes > most_bytes or len(entries) > most_entries):
            # The last member is the weight.
            self._bytes -= entries.popleft()[-1]
            self._dropped += 1
