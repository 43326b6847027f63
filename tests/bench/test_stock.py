from __future__ import annotations

from urllib.parse import urlsplit

import pytest

from bench.exchange import ask
from bench.scenario import SCENARIOS, Scenario
from bench.stock import check_token, create_stock_app
from mockserver.server import running


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_stock_connexion_answers_each_scenario_as_it_is_meant(scenario: Scenario) -> None:
    with running(create_stock_app()) as url:
        answer = ask(urlsplit(url).port or 0, scenario)
    assert scenario.accepts(answer.status), answer.body


def test_stock_connexion_knows_one_token() -> None:
    assert check_token("nimbus-token") == {"sub": "nimbus"}
    assert check_token("another", None) is None
