from __future__ import annotations

import json
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest

from bench.growth import contract_of, last_request, world_of
from bench.inprocess import InProcess
from bench.load import is_whole
from bench.scenario import SCENARIOS, Scenario, pick_scenarios
from spec.contract_reader import load_contract
from spec.fixtures import bare_fixtures, load_fixtures

EACH = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)


@pytest.fixture(scope="module")
def mock() -> Iterator[InProcess]:
    contract = load_contract()
    mock = InProcess(contract, load_fixtures(contract))
    yield mock
    mock.close()


@EACH
def test_the_mock_answers_each_scenario_as_it_is_meant(mock: InProcess, scenario: Scenario) -> None:
    status, body = mock.ask(scenario)
    assert scenario.accepts(status), body


def test_the_list_has_a_page_of_twenty(mock: InProcess) -> None:
    assert len(json.loads(mock.ask(SCENARIOS[0])[1])) == 20


def test_the_invalid_form_breaks_three_rules(mock: InProcess) -> None:
    assert len(json.loads(mock.ask(SCENARIOS[3])[1])["violations"]) == 3


@EACH
def test_a_message_tells_the_length_of_its_body(scenario: Scenario) -> None:
    head, _, body = scenario.message().partition(b"\r\n\r\n")
    # A request has the frame of an answer: what is whole for one is whole for the other.
    assert is_whole(scenario.message()) is bool(body)
    assert tuple(parse_qsl(body.decode())) == scenario.form
    assert head.startswith(f"{scenario.method} {scenario.path} HTTP/1.1\r\n".encode())


def test_a_success_is_no_answer_to_an_invalid_form() -> None:
    assert [SCENARIOS[3].accepts(status) for status in (200, 400, 422, 500)] == [False, True, True, False]
    assert [SCENARIOS[0].accepts(status) for status in (200, 201, 304, 404)] == [True, True, False, False]


def test_scenarios_are_picked_by_name_in_the_order_of_a_round() -> None:
    assert [scenario.name for scenario in pick_scenarios("get,list")] == ["list", "get"]
    assert pick_scenarios(None) == SCENARIOS


def test_an_unknown_scenario_is_refused_with_the_known_ones() -> None:
    with pytest.raises(ValueError, match=r"'gte'; expected some of list, get, post, bad"):
        pick_scenarios("gte")


def test_the_last_operation_of_a_grown_contract_is_answered() -> None:
    contract = contract_of(40)
    mock = InProcess(contract, bare_fixtures(contract))
    try:
        assert len(contract.operations) == 40
        assert mock.ask(last_request(40)) == (200, b'{"id":"7"}')
    finally:
        mock.close()


def test_a_grown_world_is_read_to_its_last_item() -> None:
    contract = load_contract()
    mock = InProcess(contract, world_of(contract, 150))
    try:
        status, body = mock.ask(Scenario("get", "", "GET", "/v1/backup_instances/150"))
        assert (status, json.loads(body)["id"]) == (200, 150)
        assert mock.ask(Scenario("get", "", "GET", "/v1/backup_instances/151"))[0] == 404
    finally:
        mock.close()
