"""The same requests to the stock engine and to ours: every difference has a reason, and every reason is needed."""

from __future__ import annotations

import asyncio
import gc
import json
import logging
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from tests.differential.corpus import corpus
from tests.differential.engine import our_engine, stock_engine
from tests.differential.explanation import EXPLANATIONS
from tests.differential.wire import Request, Verdict

ROOT = Path(__file__).parent.parent
WORLDS = {
    "packaged": (None, ROOT.parent / "fixtures"),
    "shelf": (ROOT / "contracts" / "shelf.yaml", ROOT / "contracts" / "shelf"),
}


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request with what both engines made of it."""

    operation: str
    request: Request
    theirs: Verdict
    ours: Verdict

    @property
    def differs(self) -> bool:
        """Whether verdict, status or a value is not the same."""
        # As JSON text, because 1, 1.0 and True are equal in Python.
        return self.theirs.status != self.ours.status or _text(self.theirs) != _text(self.ours)

    @property
    def reason(self) -> str | None:
        """Name of the first explanation that speaks of it."""
        return next((one.name for one in EXPLANATIONS if one.holds(self.request, self.theirs, self.ours)), None)


def _text(verdict: Verdict) -> str:
    return json.dumps(verdict.values, sort_keys=True)


async def _exchanges(world: str) -> list[Exchange]:
    path, folder = WORLDS[world]
    contract = load_contract(path)
    fixtures = load_fixtures(contract, folder)
    tokens = {
        scheme: next(value for value, token in fixtures.tokens.items() if scheme in token.schemes)
        for scheme in contract.security_schemes
    }
    stock, ours = stock_engine(contract, fixtures), our_engine(contract, fixtures)
    return [
        Exchange(request.label.partition(":")[0], request, await stock(request), await ours(request))
        for request in corpus(contract, tokens)
    ]


@pytest.fixture(scope="module")
def exchanges() -> list[Exchange]:
    # Stock logs a traceback for each request that it fails on, and leaves the files of a form open.
    logging.disable(logging.CRITICAL)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)
            found = [exchange for world in WORLDS for exchange in asyncio.run(_exchanges(world))]
            gc.collect()
    finally:
        logging.disable(logging.NOTSET)
    return found


def test_the_corpus_is_wide(exchanges: list[Exchange]) -> None:
    statuses = Counter(exchange.ours.status for exchange in exchanges)
    assert len(exchanges) > 2000
    assert statuses.keys() >= {200, 400, 401, 404, 405, 406, 415, 422}
    assert min(statuses[status] for status in (200, 400, 401, 405, 406, 415, 422)) > 20
    per_operation = Counter(exchange.operation for exchange in exchanges)
    operations = [one.id for path, _ in WORLDS.values() for one in load_contract(path).operations]
    assert min(per_operation[name] for name in operations) > 10


def test_every_difference_is_explained(exchanges: list[Exchange]) -> None:
    unexplained = [
        f"{one.request.label}: stock {one.theirs.status} {_text(one.theirs)}, ours {one.ours.status} {_text(one.ours)}"
        for one in exchanges
        if one.differs and one.reason is None
    ]
    assert unexplained == []


def test_every_explanation_is_needed(exchanges: list[Exchange]) -> None:
    used = {one.reason for one in exchanges if one.differs}
    assert [one.name for one in EXPLANATIONS if one.name not in used] == []


def test_most_requests_mean_the_same_to_both(exchanges: list[Exchange]) -> None:
    assert sum(not one.differs for one in exchanges) > len(exchanges) / 2


def test_ours_never_fails(exchanges: list[Exchange]) -> None:
    assert [one.request.label for one in exchanges if one.ours.status >= 500] == []


def test_every_refusal_of_a_method_lists_the_methods(exchanges: list[Exchange]) -> None:
    refused = [one.ours for one in exchanges if one.ours.status == 405]
    assert all(len(verdict.fields["allow"].split(", ")) > 1 for verdict in refused)


def test_every_refusal_of_values_tells_its_violations(exchanges: list[Exchange]) -> None:
    judged = [one.ours for one in exchanges if one.ours.status in (406, 422)]
    told = [json.loads(verdict.fields["x-mock-violations"]) for verdict in judged]
    keys = {tuple(violation) for violations in told for violation in violations}
    assert keys == {("in", "pointer", "keyword", "message", "got")}
