"""Probes of state: what is written is read, and it can be put back, held fast and kept apart."""

from __future__ import annotations

from time import monotonic, sleep

import httpx

from tests.probes.probe import NO_WAY, Finding, Probe
from tests.probes.talk import Talk

_PATIENCE = 4.0
"""Seconds that a job of two seconds may take where no clock can be moved."""


def created_is_read(talk: Talk) -> Finding:
    made = talk.add_berth("Fresh")
    read = talk.ask("GET", f"/berths/{made.json()['id']}")
    listed = talk.ask("GET", "/berths?per_page=100").json()
    good = read.json() == made.json() and made.json()["name"] == "Fresh" and made.json() in listed
    return Finding(good, f"{made.status_code}, read back: {read.json() == made.json()}, name {made.json()['name']!r}")


def changed_is_read(talk: Talk) -> Finding:
    number = talk.add_berth("Before").json()["id"]
    changed = talk.ask("PUT", f"/berths/{number}", json={"name": "After"})
    read = talk.ask("GET", f"/berths/{number}").json()
    return Finding(
        (read["name"], read["customer_id"]) == ("After", 100), f"{changed.status_code}, name {read['name']!r}"
    )


def deleted_is_gone(talk: Talk) -> Finding:
    number = talk.add_berth("Gone").json()["id"]
    statuses = [talk.ask(method, f"/berths/{number}").status_code for method in ("DELETE", "GET", "DELETE")]
    return Finding(statuses == [204, 404, 404], " ".join(map(str, statuses)))


def unknown_thing_is_not_found(talk: Talk) -> Finding:
    status = talk.ask("GET", "/berths/999999").status_code
    return Finding(status == 404, f"{status}")


def unknown_route_is_another_thing(talk: Talk) -> Finding:
    thing, route = talk.ask("GET", "/berths/999999"), talk.ask("GET", "/no/such/route")
    is_html = "html" in route.headers.get("content-type", "")
    good = route.status_code == 404 and thing.content != route.content and not is_html
    return Finding(good, f"{route.status_code} {route.headers.get('content-type', '')}")


def children_are_kept_apart(talk: Talk) -> Finding:
    made = talk.ask("POST", "/berths/2/surveys", json={"depth": 3}).json()
    own, other = (
        [one["id"] for one in talk.ask("GET", f"/berths/{berth}/surveys").json() if one["berth_id"] == 2]
        for berth in (2, 3)
    )
    elsewhere = talk.ask("GET", f"/berths/3/surveys/{made['id']}").status_code
    nowhere = talk.ask("POST", "/berths/999999/surveys", json={"depth": 3}).status_code
    good = made["id"] in own and not other and elsewhere == nowhere == 404
    return Finding(good, f"listed: {made['id'] in own}, under another parent {elsewhere}, under none {nowhere}")


def job_runs_to_its_end(talk: Talk) -> Finding:
    made = talk.ask("POST", "/berths/1/surveys", json={"depth": 2.5}).json()
    if talk.dialect.advance is not None:
        talk.do(talk.dialect.advance)
    patience, now = monotonic() + _PATIENCE, made
    while now["status"] != "done" and monotonic() < patience:
        now = talk.ask("GET", f"/berths/1/surveys/{made['id']}").json()
        sleep(0 if now["status"] == "done" else 0.25)
    good = made["status"] == "queued" and now == {**made, "status": "done"}
    return Finding(good, f"{made['status']}, in the end {now['status']}, the same survey: {now['id'] == made['id']}")


def reset_forgets(talk: Talk) -> Finding:
    if talk.dialect.reset is None:
        return NO_WAY
    number = talk.add_berth("Passing").json()["id"]
    there = talk.ask("GET", f"/berths/{number}").json().get("name") == "Passing"
    done = talk.do(talk.dialect.reset).status_code
    after = talk.ask("GET", f"/berths/{number}").status_code
    return Finding(there and done < 300 and after == 404, f"reset {done}, kept before: {there}, afterwards {after}")


def snapshot_comes_back(talk: Talk) -> Finding:
    if talk.dialect.take_snapshot is None or talk.dialect.restore_snapshot is None:
        return NO_WAY
    taken = talk.do(talk.dialect.take_snapshot).status_code
    number = talk.add_berth("Later").json()["id"]
    restored = talk.do(talk.dialect.restore_snapshot).status_code
    after = talk.ask("GET", f"/berths/{number}").status_code
    return Finding(taken < 300 and restored < 300 and after == 404, f"{taken}, {restored}, then {after}")


def worlds_are_apart(talk: Talk) -> Finding:
    if talk.dialect.isolate is None:
        return NO_WAY

    def within(name: str) -> dict[str, str]:
        return {field: value.replace("{name}", name) for field, value in (talk.dialect.isolate or {}).items()}

    mine = talk.add_berth("Mine", headers=within("probe-one")).json()["id"]
    own, other = (_read(talk, mine, within(name)) for name in ("probe-one", "probe-two"))
    return Finding(
        own.status_code == 200 and other.status_code == 404, f"own {own.status_code}, other {other.status_code}"
    )


def _read(talk: Talk, number: int, headers: dict[str, str]) -> httpx.Response:
    return talk.ask("GET", f"/berths/{number}", headers=headers)


PROBES = (
    Probe("create-read", 18, "What `POST` makes, `GET` reads and the list has.", created_is_read),
    Probe("update-read", 18, "What `PUT` changes, `GET` reads; the rest stays.", changed_is_read),
    Probe("delete-gone", 18, "What `DELETE` took is a 404, to `DELETE` as well.", deleted_is_gone),
    Probe("unknown-thing", 19, "An id that nothing has is a 404.", unknown_thing_is_not_found),
    Probe(
        "unknown-route", 19, "A path of no operation is a 404 of its own, and no HTML.", unknown_route_is_another_thing
    ),
    Probe(
        "children-apart",
        20,
        "A child is found under its own parent alone, and has to have one.",
        children_are_kept_apart,
    ),
    Probe("job", 23, "A job of two seconds is queued first and done in the end.", job_runs_to_its_end),
    Probe("reset", 25, "One request puts everything back.", reset_forgets),
    Probe("snapshot", 26, "A named snapshot is restored.", snapshot_comes_back),
    Probe("isolation", 27, "Two tests on one server do not see each other's things.", worlds_are_apart),
)
