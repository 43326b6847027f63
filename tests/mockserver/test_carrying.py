"""A mock that goes on with another contract or other fixtures: what fits stays, what does not is told."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.errors import MockError
from mockserver.guard import Guard
from mockserver.mock import Sources
from mockserver.state.carrying import Misfit
from mockserver.watching import reload
from spec.contract import Contract
from spec.contract_reader import contract_from
from spec.errors import ContractError, MockproofError
from spec.fixtures import Fixtures

TOKEN = {"authorization": "Bearer lib-token"}
FORM = {**TOKEN, "content-type": "application/x-www-form-urlencoded"}


class Files:
    """Sources that a test changes, as if they stood in files."""

    def __init__(self, sources: Sources) -> None:
        self.sources = sources
        self.error: MockproofError | None = None

    def read(self) -> Sources:
        if self.error is not None:
            raise self.error
        return self.sources


@pytest.fixture
def files(shelf: Contract, library: Fixtures) -> Files:
    return Files(Sources(shelf, library))


@pytest.fixture
def app(files: Files) -> Guard:
    return create_app(files.sources.contract, files.sources.fixtures, read=files.read)


def changed(contract: Contract, change: Callable[[Any], None]) -> Contract:
    document = copy.deepcopy(contract.document)
    change(document)
    return contract_from(document)


def make_shelf(app: Guard, ask: Any, name: str, **headers: str) -> int:
    answer = ask(app, "POST", "/shelves", headers={**FORM, **headers}, body=f"shelf[name]={name}".encode())
    assert answer.status == 201, answer.body
    return int(answer.json["id"])


def test_what_was_written_is_still_there(app: Guard, ask: Any) -> None:
    mine, theirs = make_shelf(app, ask, "Mine"), make_shelf(app, ask, "Theirs", **{"x-mock-workspace": "b"})
    engine = app.mock.engine
    assert app.mock.reload() == ()
    assert app.mock.engine is not engine
    assert ask(app, "GET", f"/shelves/{mine}", headers=TOKEN).json["name"] == "Mine"
    assert ask(app, "GET", f"/shelves/{theirs}", headers={**TOKEN, "x-mock-workspace": "b"}).json["name"] == "Theirs"


def test_new_fixtures_come_in_beside_what_was_written(app: Guard, files: Files, ask: Any) -> None:
    mine = make_shelf(app, ask, "Mine")
    kept = tuple(item for item in files.sources.fixtures.items["shelf"] if item.key != (1,))
    items = MappingProxyType({"shelf": kept})
    files.sources = replace(files.sources, fixtures=replace(files.sources.fixtures, items=items))
    app.mock.reload()
    assert ask(app, "GET", "/shelves/1", headers=TOKEN).status == 404
    assert ask(app, "GET", f"/shelves/{mine}", headers=TOKEN).status == 200


def test_what_the_new_schema_forbids_is_told_and_left_out(app: Guard, files: Files, ask: Any) -> None:
    long, short = make_shelf(app, ask, "A-very-long-name-for-a-shelf"), make_shelf(app, ask, "Short")
    pointer = files.sources.contract.resources["shelf"].schema or ""

    def shorten(document: Any) -> None:
        schema = document
        for part in pointer.removeprefix("#/").split("/"):
            schema = schema[part]
        schema["properties"]["name"]["maxLength"] = 20

    files.sources = replace(files.sources, contract=changed(files.sources.contract, shorten))
    misfits = app.mock.reload()
    assert [(one.workspace, one.resource, one.key) for one in misfits] == [("default", "shelf", (long,))]
    assert "/name" in misfits[0].reason
    assert str(misfits[0]).startswith(f"shelf {long} in workspace default: ")
    assert ask(app, "GET", f"/shelves/{long}", headers=TOKEN).status == 404
    assert ask(app, "GET", f"/shelves/{short}", headers=TOKEN).status == 200


def test_what_lay_under_something_that_is_gone_is_told(app: Guard, files: Files, ask: Any) -> None:
    body = b'{"title":"Ours"}'
    answer = ask(app, "POST", "/shelves/1/books", headers={**TOKEN, "content-type": "application/json"}, body=body)
    assert answer.status == 201, answer.body
    kept = tuple(item for item in files.sources.fixtures.items["shelf"] if item.key != (1,))
    fixtures = replace(files.sources.fixtures, items=MappingProxyType({"shelf": kept}))
    files.sources = replace(files.sources, fixtures=fixtures)
    misfits = app.mock.reload()
    assert [one.key[0] for one in misfits] == [1]
    assert "no shelf 1" in misfits[0].reason


def test_a_snapshot_is_carried_over_too(app: Guard, ask: Any) -> None:
    mine = make_shelf(app, ask, "Mine")
    app.mock.registry.default.take_snapshot("then")
    app.mock.registry.default.reset_items()
    app.mock.reload()
    app.mock.registry.default.restore("then")
    assert ask(app, "GET", f"/shelves/{mine}", headers=TOKEN).json["name"] == "Mine"


def test_what_cannot_be_served_changes_nothing(app: Guard, files: Files, ask: Any) -> None:
    mine, engine = make_shelf(app, ask, "Mine"), app.mock.engine
    files.error = ContractError("broken on purpose")
    told: list[tuple[Misfit, ...] | MockproofError] = []
    asyncio.run(reload(app.mock, told.append))
    assert told == [files.error]
    assert app.mock.engine is engine
    assert ask(app, "GET", f"/shelves/{mine}", headers=TOKEN).status == 200


def test_a_mock_that_was_not_made_from_files_says_so(shelf: Contract, library: Fixtures) -> None:
    with pytest.raises(MockError, match="not made from files"):
        create_app(shelf, library).mock.reload()
