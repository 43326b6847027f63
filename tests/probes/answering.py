"""Probes of plain answers: where they are, what is in them, and that they are the contract's."""

from __future__ import annotations

import json

from tests.probes.probe import NO_WAY, Finding, Probe, fits
from tests.probes.talk import Talk

_LARGEST_SAFE = 2**53 - 1


def base_path(talk: Talk) -> Finding:
    status = talk.client.get("/v1/ping").status_code
    return Finding(status == 200, f"{status}")


def example_of_the_contract(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/ping", token=None)
    wanted = [{"state": "calm", "wind": 3}, {"state": "storm", "wind": 11}]
    return Finding(answer.status_code == 200 and answer.json() in wanted, f"{answer.status_code} {answer.text[:40]}")


def text_example(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/ping", token=None, headers={"Accept": "text/plain"})
    kind = answer.headers.get("content-type", "")
    return Finding(
        kind.startswith("text/plain") and answer.text == "The harbour is open.", f"{kind}: {answer.text[:40]}"
    )


def contract_served(talk: Talk) -> Finding:
    known = [talk.dialect.contract.path] if talk.dialect.contract else []
    for path in (*known, "/openapi.json", "/openapi.yaml", "/v1/openapi.json", "/_spec"):
        answer = talk.client.get(path)
        if answer.status_code == 200 and "listBerths" in answer.text:
            return Finding(passed=True, seen=f"200 at {path}")
    return Finding(passed=False, seen="404 at every usual place")


def answers_fit_the_schema(talk: Talk) -> Finding:
    listed, read = talk.ask("GET", "/berths"), talk.ask("GET", "/berths/1")
    surveys = talk.ask("GET", "/berths/1/surveys")
    bodies = [*((one, "Berth") for one in listed.json()), (read.json(), "Berth")]
    bodies += [(one, "Survey") for one in surveys.json()]
    wrong = [value for value, schema in bodies if not fits(value, schema)]
    largest = max(number for value, _ in bodies for number in _integers(value))
    good = bool(listed.json()) and not wrong and largest <= _LARGEST_SAFE
    return Finding(good, f"{len(bodies)} things, {len(wrong)} of them wrong, largest integer {largest}")


def total_is_told(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths")
    told = answer.headers.get("x-total-count", "missing")
    return Finding(told.isdigit() and int(told) >= len(answer.json()), f"{told}, with {len(answer.json())} on the page")


def location_leads_there(talk: Talk) -> Finding:
    made = talk.add_berth("Found")
    place = made.headers.get("location", "")
    if not place.startswith(("/", "http")):
        return Finding(passed=False, seen=f"{made.status_code}, Location {place!r}")
    there = talk.follow(place)
    return Finding(there.json() == made.json(), f"{made.status_code}, then {there.status_code}")


def same_request_same_bytes(talk: Talk) -> Finding:
    paths = ("/ping", "/berths", "/berths/1", "/berths/1/surveys")
    first, second = ([talk.ask("GET", path) for path in paths] for _ in range(2))
    moved = [
        path
        for path, one, other in zip(paths, first, second, strict=True)
        if one.content != other.content or one.headers.get("x-total-count") != other.headers.get("x-total-count")
    ]
    return Finding(not moved, f"changed: {', '.join(moved) or 'none'}")


def blob_is_bytes(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths/1/chart")
    kind = answer.headers.get("content-type", "")
    try:
        as_json = json.loads(answer.content)
    except ValueError:
        as_json = None
    good = answer.status_code == 200 and kind == "application/octet-stream" and bool(answer.content) and not as_json
    return Finding(good, f"{answer.status_code} {kind} {answer.content[:6]!r}")


def head_is_get_without_a_body(talk: Talk) -> Finding:
    got, head = talk.ask("GET", "/berths/1"), talk.ask("HEAD", "/berths/1")
    same = head.headers.get("content-type") == got.headers.get("content-type")
    return Finding(head.status_code == 200 and same and not head.content, f"{head.status_code}")


def ready_is_told(talk: Talk) -> Finding:
    if talk.dialect.ready is None:
        return NO_WAY
    answer = talk.do(talk.dialect.ready)
    return Finding(answer.status_code == 200 and bool(answer.json()), f"{answer.status_code}")


def _integers(node: object) -> list[int]:
    if isinstance(node, dict):
        return [number for value in node.values() for number in _integers(value)]
    if isinstance(node, list):
        return [number for value in node for number in _integers(value)]
    return [node] if isinstance(node, int) and not isinstance(node, bool) else []


PROBES = (
    Probe("base-path", 5, "`GET /v1/ping` is answered with `servers: /v1`.", base_path),
    Probe("contract-served", 6, "The server hands out the contract that it serves.", contract_served),
    Probe("named-example", 7, "`GET /ping` answers one of the two named examples.", example_of_the_contract),
    Probe("text-example", 7, "With `Accept: text/plain` it answers the example of that media type.", text_example),
    Probe("repeatable", 12, "The same four reads give the same bytes twice.", same_request_same_bytes),
    Probe(
        "fits-schema",
        13,
        "Three reads fit their schemas, with integers that JavaScript can hold.",
        answers_fit_the_schema,
    ),
    Probe("blob", 13, "A binary answer is bytes under the declared media type.", blob_is_bytes),
    Probe("total-count", 14, "The required `X-Total-Count` is a number that can be true.", total_is_told),
    Probe("location", 14, "The `Location` of a creation leads to what was created.", location_leads_there),
    Probe("head", 56, "`HEAD` answers as `GET` does, without a body.", head_is_get_without_a_body),
    Probe("ready", 62, "Readiness can be asked for, outside of the contract.", ready_is_told),
)
