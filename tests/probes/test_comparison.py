"""docs/comparison.md claims nothing that no test or probe shows, and says of the peers what the probes measured."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.probes.catalogue import PROBES
from tests.probes.wrong_request import WRONG_REQUESTS

HOME = Path(__file__).parents[2]
COMPARISON = HOME / "docs" / "comparison.md"
PAGE = HOME / "docs" / "probes.md"
MEASURED = ("Prism", "Mockoon")
JUDGED = 28
"""The row that the wrong requests measure."""


def tables(path: Path) -> Iterator[dict[str, str]]:
    """The rows of every table of a page, by the words of its head."""
    head: list[str] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.startswith("|"):
            head = []
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if not head:
            head = cells
        elif set(line) != {"|", "-"}:
            yield dict(zip(head, cells, strict=True))


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    ours: str
    proof: str
    cells: dict[str, str]

    @property
    def probes(self) -> list[str]:
        return re.findall(r"probe `([\w-]+)`", self.proof)

    @property
    def links(self) -> list[tuple[str, str]]:
        return re.findall(r"\[`(\w+)`\]\(\.\./([\w/.]+)\)", self.proof)


ROWS = [
    Row(int(row["#"]), row["Ours"], row["Shown by"], row) for row in tables(COMPARISON) if row.get("#", "").isdigit()
]
RESULTS = {row["probe"].strip("`"): row for row in tables(PAGE) if "probe" in row}
SCORES = {row["request"].strip("`"): row for row in tables(PAGE) if "request" in row}


def test_there_are_68_rows_and_no_empty_cell() -> None:
    assert [row.number for row in ROWS] == list(range(1, 69))
    assert [row.number for row in ROWS if not all(row.cells.values())] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_a_yes_has_a_test_or_a_probe_that_exists_behind_it(row: Row) -> None:
    assert row.ours in ("yes", "part", "no")
    assert (row.ours == "no") == (not row.probes and not row.links)
    known = {probe.id: probe.row for probe in PROBES}
    assert set(row.probes) <= set(known)
    for name, path in row.links:
        assert f"def {name}(" in (HOME / path).read_text(encoding="utf-8"), f"{path} has no {name}"


def test_every_probe_stands_behind_its_row() -> None:
    assert [probe.id for probe in PROBES if probe.id not in ROWS[probe.row - 1].probes] == []


@pytest.mark.parametrize("peer", MEASURED)
def test_what_is_marked_as_measured_is_what_the_probes_found(peer: str) -> None:
    (column,) = [name for name in next(iter(RESULTS.values())) if name.startswith(peer)]
    for row in ROWS:
        found = [RESULTS[probe.id][column].startswith("yes") for probe in PROBES if probe.row == row.number]
        if row.number == JUDGED:
            found = [SCORES[wrong.id][column].startswith("yes") for wrong in WRONG_REQUESTS]
        mark = row.cells[peer].partition(";")[0]
        assert mark.endswith(" m") == bool(found), f"row {row.number}: {mark}"
        if found:
            assert mark == ("yes m" if all(found) else "part m" if any(found) else "no m"), f"row {row.number}"


def test_the_page_has_every_probe_and_every_wrong_request_and_ours_passes() -> None:
    assert set(RESULTS) - {f"**passed, of {len(PROBES)}**"} >= {probe.id for probe in PROBES}
    assert {wrong.id for wrong in WRONG_REQUESTS} <= set(SCORES)
    ours = [name for name, row in {**RESULTS, **SCORES}.items() if not row["mockproof"].startswith(("yes", "**"))]
    assert ours == []
