"""What the comparison says of faults, claims and the admin interface, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from time import monotonic
from typing import Any

import httpx
import pytest

from mockserver.server import running
from mockserver.trouble.fault import Faults
from mockserver.trouble.reader import read_fault
from tests.probes.served import make_probed
from tests.probes.talk import TOKEN


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(make_probed()) as base:
        yield base


@pytest.fixture
def client(url: str, request: pytest.FixtureRequest) -> Iterator[httpx.Client]:
    """In a workspace of its own, named after the test."""
    headers = {
        "X-Mock-Workspace": request.node.name[:60].strip("[]").replace("[", "-"),
        "Authorization": f"Bearer {TOKEN}",
    }
    with httpx.Client(base_url=url, headers=headers, timeout=10) as one:
        yield one


def make_trouble(client: httpx.Client, **fault: Any) -> None:
    answer = client.post("/__mock/faults", json=fault)
    assert answer.status_code == 201, answer.text


def test_a_fixed_delay_is_kept(client: httpx.Client) -> None:
    make_trouble(client, effect="latency", ms=200)
    began = monotonic()
    assert client.get("/v1/ping").status_code == 200
    assert monotonic() - began >= 0.2


def test_delays_with_a_long_tail_are_drawn_alike_from_one_seed() -> None:
    now = datetime(2026, 1, 15, tzinfo=UTC)

    def delays(seed: int) -> list[float]:
        faults = Faults()
        faults.add(read_fault({"effect": "latency", "median_ms": 100, "sigma": 0.8, "seed": seed}, ()), now)
        strikes = (faults.strike(None, now) for _ in range(200))
        return [strike.latency for strike in strikes if strike]

    first = delays(1)
    assert first == delays(1) != delays(2)
    middle, longest = sorted(first)[100], max(first)
    assert 0.06 < middle < 0.16
    assert longest > 4 * middle


def test_an_answer_drips_and_is_whole_in_the_end(client: httpx.Client) -> None:
    whole = client.get("/v1/berths/1").content
    make_trouble(client, effect="drip", bytes=20, every_ms=10)
    with client.stream("GET", "/v1/berths/1") as answer:
        pieces = list(answer.iter_raw())
    assert b"".join(pieces) == whole
    assert len(pieces) > 2


@pytest.mark.parametrize("effect", ["reset", "empty", "truncate"])
def test_a_connection_breaks(client: httpx.Client, effect: str) -> None:
    make_trouble(client, effect=effect, operations=["getBerth"])
    assert client.get("/v1/ping").status_code == 200
    with pytest.raises((httpx.ReadError, httpx.RemoteProtocolError)):
        client.get("/v1/berths/1")


def test_garbage_is_no_json(client: httpx.Client) -> None:
    make_trouble(client, effect="garbage")
    answer = client.get("/v1/berths/1")
    with pytest.raises(ValueError, match=r"."):
        answer.json()


def test_trouble_comes_in_its_window(client: httpx.Client) -> None:
    make_trouble(client, effect="status", status=503, after=1, first=2)
    assert [client.get("/v1/ping").status_code for _ in range(5)] == [200, 503, 503, 200, 200]


def test_trouble_comes_at_its_rate_the_same_every_time(client: httpx.Client) -> None:
    def statuses() -> list[int]:
        client.delete("/__mock/faults")
        make_trouble(client, effect="status", status=503, rate=0.5, seed=3)
        return [client.get("/v1/ping").status_code for _ in range(40)]

    first = statuses()
    assert first == statuses()
    assert 10 < first.count(503) < 30


def verified(client: httpx.Client, *operations: str, **more: Any) -> Any:
    expect = [{"match": {"operation": operation}} for operation in operations]
    return client.post("/__mock/journal/verify", json={"expect": expect, **more}).json()


def test_order_is_judged(client: httpx.Client) -> None:
    for path in ("/v1/berths", "/v1/berths/1", "/v1/berths/1/chart"):
        client.get(path)
    assert verified(client, "listBerths", "getBerth", "getChart", ordered=True)["finding"] == "pass"
    assert verified(client, "getBerth", "listBerths", ordered=True)["finding"] == "fail"


def test_what_came_near_is_told(client: httpx.Client) -> None:
    client.post("/v1/berths", json={"customer_id": 100})
    expect = [{"match": {"operation": "createBerth", "status": "201"}, "times": 1}]
    told = client.post("/__mock/journal/verify", json={"expect": expect}).json()
    assert told["finding"] == "fail"
    (near,) = told["outcomes"][0]["near"]
    assert "422" in near


def test_every_page_of_the_admin_interface_answers(client: httpx.Client) -> None:
    document = client.get("/__mock/openapi.json").json()
    plain = [path for path, item in document["paths"].items() if "get" in item and "{" not in path]
    assert len(plain) >= 10
    refused = [path for path in plain if client.get(f"/__mock{path}").status_code != 200]
    assert refused == []


def test_state_that_breaks_the_contract_cannot_be_put(client: httpx.Client) -> None:
    berth = client.get("/__mock/state/berth/1").json()
    assert client.put("/__mock/state/berth/1", json={"id": 1, "name": 7}).is_client_error
    assert client.get("/__mock/state/berth/1").json() == berth
