"""Probes of what a test asks of its mock, and of HTTP that lies outside of the contract."""

from __future__ import annotations

from tests.probes.probe import NO_WAY, Finding, Probe
from tests.probes.talk import TOKEN, Talk

_ORIGIN = "http://app.example"


def requests_are_remembered(talk: Talk) -> Finding:
    if talk.dialect.journal is None:
        return NO_WAY
    talk.ask("GET", "/berths/41")
    answer = talk.do(talk.dialect.journal)
    return Finding(answer.status_code == 200 and "/berths/41" in answer.text, f"{answer.status_code}")


def requests_are_counted(talk: Talk) -> Finding:
    if talk.dialect.verify is None:
        return NO_WAY

    judged = []
    for mark, times in (("probe-mark-two", 2), ("probe-mark-one", 1)):
        for _ in range(times):
            talk.ask("GET", "/ping", headers={"X-Probe": mark})
        judged.append(talk.dialect.is_verified(talk.do(talk.dialect.verify, mark=mark).json()))
    right, wrong = judged
    return Finding(right and not wrong, f"two of two: {right}, one of two: {wrong}")


def too_many_requests(talk: Talk) -> Finding:
    if talk.dialect.fault is None or talk.dialect.end_faults is None:
        return NO_WAY
    added = talk.do(talk.dialect.fault).status_code
    answer = talk.ask("GET", "/berths")
    ended = talk.do(talk.dialect.end_faults).status_code
    after = talk.ask("GET", "/berths").status_code
    good = (answer.status_code, answer.headers.get("retry-after"), after) == (429, "7", 200)
    return Finding(good, f"{added}, {answer.status_code}, {ended}, then {after}")


def token_is_handed_out(talk: Talk) -> Finding:
    if talk.dialect.token is None:
        return NO_WAY
    answer = talk.do(talk.dialect.token)
    token = answer.json().get("access_token")
    used = talk.ask("GET", "/berths", token=token).status_code
    return Finding(answer.status_code == 200 and used == 200, f"{answer.status_code}, then {used}")


def other_origins_are_served(talk: Talk) -> Finding:
    headers = {
        "Origin": _ORIGIN,
        "Access-Control-Request-Method": "PUT",
        "Access-Control-Request-Headers": "authorization, content-type",
    }
    before = talk.client.options(f"{talk.base}/berths/1", headers=headers)
    methods = before.headers.get("access-control-allow-methods", "")
    fields = before.headers.get("access-control-allow-headers", "").lower()
    # A browser does not take `*` for the Authorization field.
    good = before.status_code in (200, 204) and ("PUT" in methods or methods == "*") and "authorization" in fields
    answer = talk.ask("GET", "/berths", headers={"Origin": _ORIGIN})
    origin = answer.headers.get("access-control-allow-origin")
    exposed = answer.headers.get("access-control-expose-headers", "").lower()
    good &= origin in ("*", _ORIGIN) and (exposed == "*" or ("link" in exposed and "x-total-count" in exposed))
    return Finding(good, f"{before.status_code}, methods {methods[:16] or 'none'}, exposed {exposed[:21] or 'none'}")


def large_answers_are_packed(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths?per_page=100", headers={"Accept-Encoding": "gzip"})
    plain = talk.ask("GET", "/berths?per_page=100", headers={"Accept-Encoding": "identity"})
    told = answer.headers.get("content-encoding", "none")
    size = len(plain.content)
    return Finding(told == "gzip" and answer.json() == plain.json(), f"{told}, {size} bytes without it")


def unchanged_is_not_sent_again(talk: Talk) -> Finding:
    tag = talk.ask("GET", "/berths/2").headers.get("etag", "")
    status = talk.ask("GET", "/berths/2", headers={"If-None-Match": tag}).status_code
    return Finding(tag.startswith(('"', 'W/"')) and status == 304, f"ETag {tag[:12] or 'missing'}, then {status}")


def late_change_is_refused(talk: Talk) -> Finding:
    number = talk.add_berth("Contested").json()["id"]
    tag = talk.ask("GET", f"/berths/{number}").headers.get("etag", '"none"')
    statuses = [
        talk.ask("PUT", f"/berths/{number}", json={"name": name}, headers={"If-Match": tag}).status_code
        for name in ("First", "Second")
    ]
    return Finding(statuses == [200, 412], f"first {statuses[0]}, second {statuses[1]}")


def creation_is_repeated_safely(talk: Talk) -> Finding:
    key = {"Idempotency-Key": f"probe-{TOKEN}"}
    first, again = (talk.add_berth("Once", headers=key).json()["id"] for _ in range(2))
    other = talk.add_berth("Once", headers={"Idempotency-Key": "probe-other"}).json()["id"]
    return Finding(first == again != other, f"same key {first} and {again}, other key {other}")


PROBES = (
    Probe("token-endpoint", 36, "An OAuth endpoint hands out a token that works.", token_is_handed_out),
    Probe("too-many", 42, "It can be made to answer 429 with `Retry-After`, and to stop.", too_many_requests),
    Probe("journal", 45, "The requests that came can be read.", requests_are_remembered),
    Probe("verify", 46, "The server counts whether something was asked exactly twice.", requests_are_counted),
    Probe(
        "cors",
        57,
        "A page from elsewhere may `PUT` with a token, and read `Link` and the total.",
        other_origins_are_served,
    ),
    Probe("gzip", 58, "A long answer is compressed for a client that takes gzip.", large_answers_are_packed),
    Probe("etag", 59, "`If-None-Match` with the `ETag` gets a 304.", unchanged_is_not_sent_again),
    Probe("if-match", 59, "`If-Match` with an old `ETag` gets a 412.", late_change_is_refused),
    Probe("idempotency", 60, "The same `Idempotency-Key` creates once.", creation_is_repeated_safely),
)
