from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import httpx
import pytest

from mockserver.server import running
from tests.probes.catalogue import PROBES
from tests.probes.probe import Probe
from tests.probes.served import make_probed
from tests.probes.talk import OURS, Talk, find_base
from tests.probes.wrong_request import WRONG_REQUESTS, WrongRequest


@pytest.fixture(scope="module")
def talk() -> Iterator[Talk]:
    with running(make_probed()) as url, httpx.Client(base_url=url, timeout=20) as client:
        yield Talk(client, OURS, find_base(client))


@pytest.mark.parametrize("probe", PROBES, ids=lambda probe: probe.id)
def test_probe(probe: Probe, talk: Talk) -> None:
    finding = probe.run(talk)
    assert finding.passed, f"{probe.claim} Seen: {finding.seen}"


def test_there_are_54_probes_of_different_names() -> None:
    assert len(PROBES) == 54
    assert [name for name, count in Counter(probe.id for probe in PROBES).items() if count > 1] == []


@pytest.mark.parametrize("wrong", WRONG_REQUESTS, ids=lambda wrong: wrong.id)
def test_wrong_request_is_refused_with_a_fitting_status_and_told_in_full(wrong: WrongRequest, talk: Talk) -> None:
    score = wrong.send(talk)
    assert (score.status in wrong.statuses, score.is_told) == (True, True), score


def test_there_are_14_wrong_requests() -> None:
    assert len({wrong.id for wrong in WRONG_REQUESTS}) == 14
