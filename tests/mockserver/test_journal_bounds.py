"""The journal is a ring: however much is noted, it holds no more than its limits allow."""

from __future__ import annotations

from datetime import UTC, datetime

from mockserver.exchange import Address, Answer
from mockserver.journal.journal import Journal, JournalLimits
from mockserver.journal.masking import Mask
from mockserver.passage import Passage

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)


def note(journal: Journal, count: int, body: bytes) -> None:
    passage = Passage("POST", "/things", b"", {"host": "a"}, Address("http://a", "/things"), "id", body)
    answer = Answer(201, body, "application/json")
    for _ in range(count):
        journal.note(passage, answer, 0.001)


def test_a_hundred_thousand_notes_leave_ten_thousand_and_say_so() -> None:
    journal = Journal(lambda: NOON, Mask())
    note(journal, 100_000, b"{}")
    assert (len(journal), journal.dropped, journal.last) == (10_000, 90_000, 100_000)
    assert journal.bytes <= 32 * 1024 * 1024
    assert not journal.is_whole()


def test_large_notes_are_bounded_by_their_bytes_and_never_counted_wrong() -> None:
    journal = Journal(lambda: NOON, Mask(), JournalLimits(bytes=1_000_000, body=10_000))
    note(journal, 2_000, b"x" * 50_000)
    assert journal.bytes <= 1_000_000
    assert journal.bytes == sum(entry.weight for entry in journal)
    assert 40 <= len(journal) == 2_000 - journal.dropped
    assert all(len(entry.raw_answer) == 10_000 and entry.answer_size == 50_000 for entry in journal)


def test_a_note_larger_than_the_whole_ring_is_dropped_and_does_no_harm() -> None:
    journal = Journal(lambda: NOON, Mask(), JournalLimits(bytes=5_000))
    note(journal, 1, b"x" * 60_000)
    note(journal, 1, b"{}")
    assert (len(journal), journal.dropped) == (1, 1)
