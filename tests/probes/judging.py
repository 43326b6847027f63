"""Probes of how requests are judged, and how a refusal is told."""

from __future__ import annotations

import json
from typing import Any

import httpx

from tests.probes.probe import Finding, Probe, fits
from tests.probes.talk import OTHER_TOKEN, Talk

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def forms_are_read(talk: Talk) -> Finding:
    bodies = ("berth[customer_id]=4242&berth[name]=Form", "berth%5Bcustomer_id%5D=4242&berth%5Bname%5D=Form")
    good = [talk.ask("POST", "/berths", content=body, headers=_FORM).status_code for body in bodies]
    wrong = [
        talk.ask("POST", "/berths", content=body.replace("4242", "many"), headers=_FORM).status_code for body in bodies
    ]
    passed = good == [201, 201] and all(status in (400, 422) for status in wrong)
    return Finding(passed, f"valid {good}, invalid {wrong}")


def media_type_is_checked(talk: Talk) -> Finding:
    status = talk.ask("POST", "/berths", content="<berth/>", headers={"Content-Type": "text/xml"}).status_code
    return Finding(status == 415, f"{status}")


def accept_is_heard(talk: Talk) -> Finding:
    refused = talk.ask("GET", "/berths/1", headers={"Accept": "image/png"}).status_code
    taken = [
        talk.ask("GET", "/berths/1", headers={"Accept": accept}).status_code for accept in ("*/*", "application/*")
    ]
    return Finding(refused == 406 and taken == [200, 200], f"image/png {refused}, */* and application/* {taken}")


def method_is_refused_with_the_right_ones(talk: Talk) -> Finding:
    answer = talk.ask("PATCH", "/berths/1", json={})
    told = {method.strip() for method in answer.headers.get("allow", "").split(",")} - {""}
    good = answer.status_code == 405 and told - {"HEAD", "OPTIONS"} == {"GET", "PUT", "DELETE"}
    return Finding(good, f"{answer.status_code}, Allow: {', '.join(sorted(told)) or 'missing'}")


def every_violation_is_told(talk: Talk) -> Finding:
    answer = talk.ask("POST", "/berths", json={"customer_id": "many", "status": "sunk", "depth": 3})
    told = json.dumps(_lists(answer))
    missing = [word for word in ("customer_id", "name", "status", "depth") if word not in told]
    return Finding(
        answer.status_code in (400, 422) and not missing, f"{answer.status_code}, not told: {', '.join(missing) or '-'}"
    )


def error_has_the_declared_shape(talk: Talk) -> Finding:
    answers = (talk.ask("GET", "/berths", token=None), talk.ask("GET", "/berths?page=none"))
    kinds = [answer.headers.get("content-type", "").partition(";")[0] for answer in answers]
    good = kinds == ["application/problem+json"] * 2 and all(fits(answer.json(), "Problem") for answer in answers)
    return Finding(good, " and ".join(f"{one.status_code} {kind}" for one, kind in zip(answers, kinds, strict=True)))


def error_tells_its_own_status(talk: Talk) -> Finding:
    answers = (
        talk.ask("GET", "/berths", token=None),
        talk.ask("GET", "/berths?page=none"),
        talk.ask("GET", "/berths", headers={"Prefer": "code=503"}),
    )
    told = [(answer.status_code, answer.json().get("status")) for answer in answers]
    good = all(status >= 400 and status == body for status, body in told)
    shown = ", ".join(f"{status} says {body}" for status, body in told)
    return Finding(good, shown)


def token_is_asked_for(talk: Talk) -> Finding:
    statuses = [talk.ask("GET", path, token=None).status_code for path in ("/berths", "/ping")]
    return Finding(statuses == [401, 200], f"{statuses[0]}, and {statuses[1]} where anyone may ask")


def missing_token_is_challenged(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths", token=None)
    told = answer.headers.get("www-authenticate", "missing")
    return Finding(
        answer.status_code == 401 and told.startswith("Bearer"), f"{answer.status_code}, WWW-Authenticate: {told[:40]}"
    )


def wrong_token_is_refused(talk: Talk) -> Finding:
    status = talk.ask("GET", "/berths", token="nobody-has-this").status_code
    return Finding(status == 401, f"{status}")


def others_things_are_hidden(talk: Talk) -> Finding:
    listed = talk.ask("GET", "/berths?per_page=100", token=OTHER_TOKEN).json()
    owners = {one["customer_id"] for one in listed}
    read = talk.ask("GET", "/berths/1", token=OTHER_TOKEN).status_code
    return Finding(owners == {200} and read in (403, 404), f"customers {sorted(owners)}, somebody else's berth {read}")


def _lists(answer: httpx.Response) -> list[Any]:
    """The lists of objects in an answer's JSON body and JSON header fields: what a program can read violations from."""
    found = []
    for text in (answer.text, *answer.headers.values()):
        try:
            found += _object_lists(json.loads(text))
        except ValueError:
            continue
    return found


def _object_lists(node: Any) -> list[Any]:
    if isinstance(node, list) and node and all(isinstance(one, dict) for one in node):
        return [node]
    if isinstance(node, dict):
        return [found for value in node.values() for found in _object_lists(value)]
    return []


PROBES = (
    Probe("bracketed-form", 29, "`berth[customer_id]` is read and judged, raw and percent-encoded.", forms_are_read),
    Probe("media-type", 30, "A body of a media type that is not declared is a 415.", media_type_is_checked),
    Probe("accept", 31, "`Accept: image/png` is a 406; `*/*` and `application/*` are not.", accept_is_heard),
    Probe(
        "allow", 32, "An undeclared method is a 405 whose `Allow` has all declared ones.",
        method_is_refused_with_the_right_ones,
    ),
    Probe("all-violations", 33, "Four faults of one body are told at once, as data.", every_violation_is_told),
    Probe("error-shape", 34, "Refusals have the declared media type and fit its schema.", error_has_the_declared_shape),
    Probe("own-status", 34, "A shared error body tells the status that it came with.", error_tells_its_own_status),
    Probe("needs-token", 35, "No token is a 401, but not where `security` is empty.", token_is_asked_for),
    Probe("challenge", 35, "That 401 comes with `WWW-Authenticate`.", missing_token_is_challenged),
    Probe("wrong-token", 35, "A token that nobody has is a 401.", wrong_token_is_refused),
    Probe("others-hidden", 35, "A token of one customer sees that one's things alone.", others_things_are_hidden),
)  # fmt: skip
