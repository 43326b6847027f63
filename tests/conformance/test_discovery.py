"""Discovery asks for no more than it takes to reach every operation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.exchange.client import Client
from conformance.exchange.transport import plain_http
from conformance.ledger import Ledger
from conformance.run.discovery import Atlas, discover
from conformance.target import Target, with_auth
from conformance.verdict.examiner import Examiner
from spec.contract import Contract

TOKEN = "canary-5f1d7c"

Discovered = Callable[[Any], tuple[Atlas, list[str]]]


@pytest.fixture
def discovered(tray_contract: Contract, serve: Callable[[Any], str]) -> Discovered:
    """Looks for ids at an application; gives what was found, and which lists of cups were asked for."""

    def look(app: Any) -> tuple[Atlas, list[str]]:
        target = with_auth(Target(serve(app)), (TOKEN,), (), {})
        ledger = Ledger(target.secrets)
        with plain_http() as http:
            client = Client(tray_contract, target, ledger, http, Examiner(tray_contract))
            atlas = discover(client, {}, frozenset(tray_contract.by_id))
        asked = [line["request"]["target"] for line in ledger.of("exchange") if line["operation"] == "listCups"]
        return atlas, asked

    return look


def without_cups(tray: Any, *empty: int) -> Any:
    """An application of trays, where the lists of cups of some trays are empty."""

    class Emptied(type(tray)):  # type: ignore[misc]  # the class is only known through its fixture
        def answer(self, method: str, path: str, *rest: Any) -> Any:
            if any(path.endswith(f"/{number}/cups") for number in empty):
                return 200, {"cups": []}, {}
            return super().answer(method, path, *rest)

    return Emptied()


def test_first_parent_that_has_children_is_enough(discovered: Discovered, tray: Any) -> None:
    atlas, asked = discovered(tray())
    assert len(asked) == 1
    assert len(atlas.places["tray"]) > 1
    assert {place.chain["tray"] for place in atlas.places["cup"]} == {atlas.places["tray"][0].chain["tray"]}


def test_empty_parent_leads_to_the_next_one(discovered: Discovered, tray: Any) -> None:
    everyone, _ = discovered(tray())
    first, second = (int(place.chain["tray"]) for place in everyone.places["tray"][:2])
    atlas, asked = discovered(without_cups(tray(), first))
    assert len(asked) == 2
    assert {place.chain["tray"] for place in atlas.places["cup"]} == {str(second)}


def test_no_more_than_a_few_empty_parents_are_asked(discovered: Discovered, tray: Any) -> None:
    everyone, _ = discovered(tray())
    atlas, asked = discovered(without_cups(tray(), *(int(place.chain["tray"]) for place in everyone.places["tray"])))
    assert len(asked) == 3
    assert "cup" not in atlas.places
