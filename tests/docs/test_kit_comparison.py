"""The second table of docs/comparison.md claims nothing that no test shows; what no other test shows is shown here."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from mockproof.cli import main
from mockproof.kill import Kill, World, kill, load_world
from mockserver.app import create_app
from mockserver.mutants import offered
from mockserver.server import running

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "comparison.md").read_text(encoding="utf-8")
CONTRACTS = HOME / "tests" / "contracts"
HEAD = "| No | Feature | Ours | Shown by | Schemathesis | Elsewhere |"


@dataclass(frozen=True, slots=True)
class Row:
    number: int
    ours: str
    proof: str
    cells: tuple[str, ...]

    @property
    def links(self) -> list[tuple[str, str]]:
        return re.findall(r"\[`(\w+)`\]\(\.\./([\w/.]+)\)", self.proof)


def rows() -> Iterator[Row]:
    lines = PAGE[PAGE.index(HEAD) :].splitlines()[2:]
    for line in lines:
        if not line.startswith("|"):
            return
        cells = tuple(cell.strip() for cell in line.split("|")[1:-1])
        yield Row(int(cells[0]), cells[2], cells[3], cells)


ROWS = tuple(rows())


def test_there_are_50_rows_of_six_cells_and_none_is_empty() -> None:
    assert [row.number for row in ROWS] == list(range(1, 51))
    assert [row.number for row in ROWS if len(row.cells) != 6 or not all(row.cells)] == []


@pytest.mark.parametrize("row", ROWS, ids=lambda row: str(row.number))
def test_a_yes_has_a_test_that_exists_behind_it_and_a_no_says_what_there_is(row: Row) -> None:
    assert row.ours in ("yes", "part", "no")
    assert (row.ours == "no") == (not row.links)
    for name, path in row.links:
        assert f"def {name}(" in (HOME / path).read_text(encoding="utf-8"), f"{path} has no {name}"
    if row.ours == "part":
        assert not row.proof.startswith("["), "what is missing is said"


def test_the_sum_is_that_of_the_rows() -> None:
    count = {mark: sum(row.ours == mark for row in ROWS) for mark in ("yes", "part", "no")}
    assert f"\n{count['yes']} yes, {count['part']} part, {count['no']} no.\n" in PAGE


@pytest.fixture(scope="module")
def vault() -> World:
    return load_world("vault", CONTRACTS / "vault.yaml", CONTRACTS / "vault")


@pytest.fixture(scope="module")
def shelf() -> World:
    return load_world("shelf", CONTRACTS / "shelf.yaml", CONTRACTS / "shelf")


def killed(world: World, name: str) -> Kill:
    (mutant,) = [one for one in offered(world.contract) if one.id == name]
    return kill(world, mutant)


def test_a_right_target_is_spared(vault: World) -> None:
    clean = kill(vault, None)
    assert (clean.by, clean.withheld) == ((), False)


@pytest.mark.parametrize("deed", ["reads", "lists", "downloads", "changes", "deletes", "creates"])
def test_what_another_tenant_may_not_do_is_noticed(deed: str, vault: World) -> None:
    assert killed(vault, f"other-tenant-{deed}").own


def test_an_item_below_a_wrong_parent_is_noticed(shelf: World) -> None:
    assert killed(shelf, "wrong-parent-accepted").own


def test_a_repeated_create_that_makes_two_is_noticed(vault: World) -> None:
    assert killed(vault, "idempotency-key-ignored").own


def test_a_job_that_never_ends_is_noticed(vault: World) -> None:
    assert killed(vault, "job-never-ends").own


LITTER = b'{"name": "Litter", "region": "north", "capacity": 1}'


class Littering:
    """The mock, but a vault is opened whenever the opening of one is refused."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        statuses: list[int] = []

        async def watch(message: Any) -> None:
            statuses.extend([message["status"]] if "status" in message else [])
            await send(message)

        await self._app(scope, receive, watch)
        is_create = scope["type"] == "http" and (scope["method"], scope["path"]) == ("POST", "/v1/vaults")
        if is_create and statuses == [400]:
            kept = [pair for pair in scope["headers"] if pair[0] in (b"host", b"authorization")]
            length = str(len(LITTER)).encode()
            headers = [*kept, (b"content-type", b"application/json"), (b"content-length", length)]
            await self._app({**scope, "headers": headers}, _valid, _unheard)


async def _valid() -> Any:
    return {"type": "http.request", "body": LITTER, "more_body": False}


async def _unheard(_message: Any) -> None:
    return


def verified(url: str, folder: Path, *arguments: str) -> dict[str, str]:
    """Requirement and verdict of a run without the fuzzer."""
    contract = ("--contract", str(CONTRACTS / "vault.yaml"), "--tier", "scenarios")
    main(["verify", url, *contract, *arguments, "--report-dir", str(folder)])
    report = json.loads((folder / "report.json").read_text())
    return {entry["id"]: entry["verdict"] for entry in report["requirements"]}


def test_a_refused_create_that_leaves_something_is_noticed(vault: World, tmp_path: Path) -> None:
    options = ("--auth", "north-token", "--only", "createVault")
    app = create_app(vault.contract, vault.fixtures)
    with running(app) as url:
        assert verified(url, tmp_path / "right", *options)["createVault/body"] == "pass"
    with running(Littering(create_app(vault.contract, vault.fixtures))) as url:
        assert verified(url, tmp_path / "wrong", *options)["createVault/body"] == "fail"


def test_declared_ids_are_judged_where_nothing_may_be_created(vault: World, tmp_path: Path) -> None:
    manners = "[manners]\nmay_create = false\nmay_change = false\nmay_delete = false\n"
    export = vault.fixtures.items["export"][0].key[-1]
    options = ("--auth", "auditor-token", "--only", "getExport", "--declaration")
    with running(create_app(vault.contract, vault.fixtures)) as url:
        for name, ids, verdict in (("without", "", "inconclusive"), ("with", f'[ids]\nexport = "{export}"\n', "pass")):
            declaration = tmp_path / f"{name}.toml"
            declaration.write_text(manners + ids)
            found = verified(url, tmp_path / name, *options, str(declaration))
            assert found["getExport/success"] == verdict, name
