"""The report as Markdown, for the summary page of a CI run: the verdict, a table of faults, and how to see each."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from conformance.reporting.report import Document
from conformance.reporting.story import (
    MEANINGS,
    OUTCOMES,
    Fault,
    causes_of,
    faults_of,
    leftovers_of,
    names_of,
    number_of,
    questions_of,
    reproducer_of,
    shortened,
    sources_of,
    waived_of,
    waiver_words,
)
from conformance.secret import printable

_SHOWN: Final = 20
"""Faults that are told one by one; a CI page takes one megabyte at most."""
_NOTED: Final = 10
_SPECIAL: Final = re.compile(r"[\\`*_\[\]<>#|~&@$]|:(?=//)|(?<=www)\.")
"""Characters that would begin markup, a mention, a formula or a link."""
_SYMBOLS: Final = {"conformant": "✅", "violations": "❌"}


def markdown_text(document: Document) -> str:
    """GitHub-flavoured Markdown; nothing that a target sent is taken for markup."""
    return "\n".join(_lines(document)) + "\n"


def _lines(document: Document) -> Iterator[str]:
    contract, conclusion = document["contract"], document["conclusion"]
    yield f"## {_SYMBOLS.get(conclusion, '⚠️')} {_plain(contract['title'])}: {_plain(conclusion)}"
    yield ""
    yield f"{MEANINGS.get(conclusion, '')} {_code(document['target'])}, contract {_plain(contract['version'])}"
    yield f"({_plain(document['profile'])}), {document['exchanges']} exchanges, seed {document['seed']}."
    yield ""
    yield from _causes(document)
    yield from _sums(document)
    yield from _faults(faults_of(document))
    yield from _rest(document)
    yield f"Run again: {_code(document['reproduce']['command'])}"


def _sums(document: Document) -> Iterator[str]:
    shown = [outcome for outcome in OUTCOMES if any(counts.get(outcome) for counts in document["summary"].values())]
    if not shown:
        return
    yield "| | " + " | ".join(shown) + " |"
    yield "|---|" + "---:|" * len(shown)
    for level, counts in document["summary"].items():
        yield f"| {level} | " + " | ".join(str(counts.get(outcome, 0)) for outcome in shown) + " |"
    yield ""


def _causes(document: Document) -> Iterator[str]:
    for cause in causes_of(document):
        told = f"{number_of(cause.entries)} inconclusive" if cause.entries else "Trouble"
        yield f"**{told}:** {_plain(cause.reason, 400)}"
        yield ""


def _faults(faults: tuple[Fault, ...]) -> Iterator[str]:
    if not faults:
        return
    yield "| broken | expected | seen | with it |"
    yield "|---|---|---|---:|"
    for fault in faults[:_SHOWN]:
        entry = fault.entry
        first: Mapping[str, Any] = next(iter(entry["failures"]), {})
        cells = (_plain(str(first.get(name, entry["reason"])), 160) for name in ("expected", "seen"))
        yield f"| {_code(entry['id'])} {entry['level']} | {' | '.join(cells)} | {len(fault.consequences) or ''} |"
    if len(faults) > _SHOWN:
        yield f"\nand {len(faults) - _SHOWN} more, see the report"
    yield ""
    for fault in faults[:_SHOWN]:
        yield from _details(fault)


def _details(fault: Fault) -> Iterator[str]:
    entry = fault.entry
    yield f"<details><summary><code>{_plain(entry['id'])}</code> {_plain(entry['text'])}</summary>"
    yield ""
    for source in sources_of(entry):
        yield f"> {_plain(source)}"
        yield ""
    for failure in entry["failures"][:2]:
        yield from _failure(failure)
    if (reproducer := reproducer_of(entry)) is not None:
        yield _plain(reproducer)
        yield ""
    if fault.consequences:
        yield f"With it: {_plain(names_of(tuple(one for one, _ in fault.consequences), 12))}"
        yield ""
    yield "</details>"
    yield ""


def _failure(failure: Mapping[str, Any]) -> Iterator[str]:
    times = f", {failure['times']} times" if failure["times"] > 1 else ""
    yield f"- {_code(failure['operation'])} {_plain(failure['code'])}{times}"
    yield f"  - expected: {_plain(failure['expected'], 400)}"
    yield f"  - seen: {_plain(failure['seen'], 400)}"
    yield ""
    if "curl" in failure:
        yield from _block(failure["curl"])


def _rest(document: Document) -> Iterator[str]:
    for entry in waived_of(document):
        word = "Waived" if entry["verdict"] == "waived" else "Waiver"
        yield f"{word}: {_code(entry['id'])} {_plain(waiver_words(entry))}"
        yield ""
    for question in questions_of(document):
        names = _plain(names_of(question.entries, 6))
        yield f"{question.outcome.capitalize()}: {names}. {_plain(question.reason, 400)}"
        yield ""
    left = leftovers_of(document)
    if left:
        yield f"Left behind: {_plain('; '.join(left), 400)}"
        yield ""
    for note in document["notes"][:_NOTED]:
        yield f"Note: {_plain(note, 400)}"
        yield ""


def _plain(text: str, most: int = 2000) -> str:
    """Text that stays text: one line, without markup, mentions or links."""
    shown = printable(shortened(" ".join(text.split()), most))
    return _SPECIAL.sub(lambda found: f"&#{ord(found[0])};", shown)


def _code(text: str) -> str:
    """Inline code that nothing inside can end."""
    return f"<code>{_plain(text)}</code>" if re.search(r"[`|]", text) else f"`{printable(' '.join(text.split()))}`"


def _block(text: str) -> Iterator[str]:
    shown = printable(text)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", shown)), default=0))
    yield f"{fence}sh"
    yield shown
    yield fence
    yield ""
