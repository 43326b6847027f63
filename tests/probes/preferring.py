"""Probes of what a client can choose about an answer: status, example, seed, delay."""

from __future__ import annotations

from time import monotonic

from tests.probes.probe import NO_WAY, Finding, Probe, fits
from tests.probes.talk import Talk

_DELAY = 0.3
"""Seconds that an answer is asked to take."""


def status_is_forced(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths/1", headers={"Prefer": "code=404"})
    return Finding(answer.status_code == 404, f"{answer.status_code}")


def status_is_forced_under_json(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths/1", headers={"Prefer": "code=404", "Accept": "application/json"})
    return Finding(answer.status_code == 404, f"{answer.status_code}")


def preference_is_told(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths/1", headers={"Prefer": "code=404"})
    told = answer.headers.get("preference-applied", "")
    return Finding("code=404" in told.replace('"', ""), f"Preference-Applied: {told or 'missing'}")


def forced_error_writes_nothing(talk: Talk) -> Finding:
    before = talk.ask("GET", "/berths").headers.get("x-total-count")
    answer = talk.ask(
        "POST", "/berths", json={"customer_id": 100, "name": "Ghost"}, headers={"Prefer": "code=503"}
    ).status_code
    after = talk.ask("GET", "/berths").headers.get("x-total-count")
    return Finding(answer == 503 and before == after, f"{answer}, {before} before and {after} after")


def example_is_chosen(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/ping", token=None, headers={"Prefer": "example=storm"})
    return Finding(answer.json() == {"state": "storm", "wind": 11}, f"{answer.status_code} {answer.text[:40]}")


def unknown_example_is_refused(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/ping", token=None, headers={"Prefer": "example=fog"})
    return Finding(400 <= answer.status_code < 500, f"{answer.status_code}")


def seed_repeats(talk: Talk) -> Finding:
    def made(seed: int) -> str:
        return talk.ask("GET", "/berths/1", headers={"Prefer": f"dynamic=true, seed={seed}"}).text

    first, again, other = (made(seed) for seed in (7, 7, 8))
    answer = talk.ask("GET", "/berths/1", headers={"Prefer": "dynamic=true, seed=7"})
    good = first == again != other and fits(answer.json(), "Berth")
    return Finding(good, f"twice the same: {first == again}, another seed differs: {first != other}")


def query_switch(talk: Talk) -> Finding:
    if talk.dialect.switch is None:
        return NO_WAY
    answer = talk.ask("GET", f"/berths/1?{talk.dialect.switch}=404")
    return Finding(answer.status_code == 404, f"{answer.status_code}")


def delay_is_chosen(talk: Talk) -> Finding:
    if talk.dialect.delay is None:
        return NO_WAY
    wanted = str(round(_DELAY * 1000))
    headers = {name: value.replace("{milliseconds}", wanted) for name, value in talk.dialect.delay.items()}
    began = monotonic()
    status = talk.ask("GET", "/berths/1", headers=headers).status_code
    return Finding(status == 200 and monotonic() - began >= _DELAY, f"{status}")


PROBES = (
    Probe("force-status", 8, "`Prefer: code=404` gets a 404.", status_is_forced),
    Probe("force-under-json", 8, "It does so with `Accept: application/json`, too.", status_is_forced_under_json),
    Probe("preference-applied", 8, "`Preference-Applied` tells that it was heard.", preference_is_told),
    Probe("forced-writes-nothing", 8, "A creation that is forced to fail stores nothing.", forced_error_writes_nothing),
    Probe("force-example", 9, "`Prefer: example=storm` gets that example.", example_is_chosen),
    Probe("unknown-example", 9, "An example that does not exist is refused with a 4xx.", unknown_example_is_refused),
    Probe("seed", 10, "`Prefer: dynamic=true, seed=7` makes one valid body, twice.", seed_repeats),
    Probe("query-switch", 11, "The status can be forced in the query.", query_switch),
    Probe("chosen-delay", 43, "The caller can have the answer delayed.", delay_is_chosen),
)
