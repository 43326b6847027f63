"""One line for every request that the mock answers: for people with colours, for programs as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import click

if TYPE_CHECKING:
    from mockserver.exchange import Answer
    from mockserver.passage import Passage

_COLOURS: Final = {2: "green", 3: "cyan", 4: "yellow", 5: "red"}
_SHOWN: Final = 3
"""As many violations as one line tells."""

Write = Callable[[str], None]


class TextLog:
    """Lines for a terminal: time, status, method and path, operation, what came of it, milliseconds."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def __call__(self, passage: Passage, answer: Answer, seconds: float) -> None:
        """Write the line of one answer."""
        status = click.style(str(answer.status), fg=_COLOURS.get(answer.status // 100, "white"), bold=True)
        name = passage.operation.id if passage.operation else "-"
        told = "".join(f"\n           {one.place} {one.pointer}: {one.message}" for one in answer.violations[:_SHOWN])
        if len(answer.violations) > _SHOWN:
            told += f"\n           and {len(answer.violations) - _SHOWN} more"
        where = "" if passage.workspace is None or passage.workspace.name == "default" else f" [{_workspace(passage)}]"
        self._write(
            f"{datetime.now().astimezone():%H:%M:%S}  {status}  {passage.method} {_target(passage)}{where}"
            f"  {click.style(f'{name}, {answer.why}', dim=True)}  {seconds * 1000:.1f} ms{told}"
        )


class JsonLog:
    """One JSON object a line."""

    def __init__(self, write: Write) -> None:
        self._write = write

    def __call__(self, passage: Passage, answer: Answer, seconds: float) -> None:
        """Write the line of one answer."""
        line = {
            "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
            "id": passage.request_id,
            "workspace": _workspace(passage),
            "method": passage.method,
            "path": passage.path,
            "operation": passage.operation.id if passage.operation else None,
            "status": answer.status,
            "why": answer.why,
            "violations": [
                {"in": one.place, "pointer": one.pointer, "keyword": one.keyword, "message": one.message}
                for one in answer.violations
            ],
            "milliseconds": round(seconds * 1000, 3),
        }
        self._write(json.dumps(line))


def _workspace(passage: Passage) -> str | None:
    return passage.workspace.name if passage.workspace else None


def _target(passage: Passage) -> str:
    # A request may hold anything; a terminal should not obey it. The query may hold credentials, and is left out.
    return "".join(letter if letter.isprintable() else "?" for letter in passage.path)[:200]
