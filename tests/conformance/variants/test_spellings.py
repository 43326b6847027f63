"""No false alarm: what HTTP, RFC 3339 and RFC 8288 let a target write in several ways is the same to the kit.

And a list that is late, by a target that says so, is not held against it.
"""

from __future__ import annotations

import http.client
import re
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.sending import App
from mockserver.state.clock import Clock
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from tests.conformance.variants.gallery import DOCUMENTED, FULL
from tests.conformance.variants.judging import VAULT, Judged, judge
from tests.conformance.variants.wire import Answered, Asked, rewriting

After = Callable[[Asked, Answered], Answered]
PLAIN = ("--tier", "preflight", "--tier", "scenarios", "--disposable")
FAST = 60.0
_TIME = re.compile(rb'(?<=T\d\d:\d\d:\d\d)Z(?=")')


def _is_list(answered: Answered) -> bool:
    return answered.status == http.client.OK and answered.body.startswith(b"[")


def lists_with_fractions(_asked: Asked, answered: Answered) -> Answered:
    """Lists tell times with a fraction, and items without one."""
    return replace(answered, body=_TIME.sub(b".000Z", answered.body)) if _is_list(answered) else answered


def lists_with_offsets(_asked: Asked, answered: Answered) -> Answered:
    """Lists tell times with an offset, and items in UTC."""
    return replace(answered, body=_TIME.sub(b"+00:00", answered.body)) if _is_list(answered) else answered


def times_in_turn() -> After:
    """Each answer spells its times in another way than the one before."""
    turns = cycle((b"Z", b"+00:00", b".000Z"))
    return lambda _asked, answered: replace(answered, body=_TIME.sub(next(turns), answered.body))


def relative_links(_asked: Asked, answered: Answered) -> Answered:
    """Links that are only a query: the same path with another one."""
    return _with_links(answered, lambda link: re.sub(r"<[^?>]*\?", "<?", link))


def decorated_links(_asked: Asked, answered: Answered) -> Answered:
    """Links with escaped quotes in a title before their relation, the last one first, and one beside them."""

    def decorated(link: str) -> str:
        turned = re.split(r",\s*(?=<)", link)[::-1]
        titled = [re.sub(r'rel="(\w+)"', r'title="a, <b>; \\"c\\""; REL=\1', one) for one in turned]
        return ", ".join(['</docs>; rel="help service-desc"', *titled])

    return _with_links(answered, decorated)


def _with_links(answered: Answered, change: Callable[[str], str]) -> Answered:
    links = answered.headers.get("link")
    return answered if links is None else replace(answered, headers={**answered.headers, "link": change(links)})


def created_by(status: int) -> After:
    """Something new is told with another status of success."""

    def after(asked: Asked, answered: Answered) -> Answered:
        return replace(answered, status=status) if asked.method == "POST" and answered.status < 300 else answered

    return after


def silent_changes(asked: Asked, answered: Answered) -> Answered:
    """A change is answered with 204."""
    if asked.method != "PUT" or answered.status >= 300:
        return answered
    return Answered(204, {name: text for name, text in answered.headers.items() if name != "content-type"})


def unknown_methods(asked: Asked, answered: Answered) -> Answered:
    """A method that no path offers is not implemented."""
    return Answered(501) if asked.method == "TRACE" else answered


def late_lists(seconds: float) -> After:
    """Lists are shown as they were asked for last, until that is so many seconds ago."""
    shown: dict[tuple[str, str, bytes], tuple[float, Answered]] = {}

    def after(asked: Asked, answered: Answered) -> Answered:
        if asked.method != "GET" or not _is_list(answered):
            return answered
        key = (asked.path, asked.query, dict(asked.headers).get(b"authorization", b""))
        when, known = shown.get(key, (0.0, answered))
        if time.monotonic() - when < seconds:
            return known
        shown[key] = (time.monotonic(), answered)
        return answered

    return after


def in_world(world: str, after: After, folder: Path, target: str = "") -> Judged:
    contract = load_contract(VAULT) if world == "vault" else load_contract()
    fixtures = load_fixtures(contract, VAULT.with_suffix("")) if world == "vault" else load_fixtures(contract)
    app: App = rewriting(create_app(contract, fixtures, clock=Clock(fixtures.now, FAST)), after=after)
    more: dict[str, Any] = {"who": ("north-token", "south-token"), "more": ""} if world == "vault" else {}
    options = ("--contract", str(VAULT)) if world == "vault" else ("--profile", world)
    return judge(app, folder, *PLAIN, *options, time=f"job_deadline = 10\n{target}", **more)


@pytest.mark.parametrize(
    ("world", "after"),
    [
        (FULL, lists_with_fractions),
        ("vault", lists_with_offsets),
        ("vault", relative_links),
        (FULL, times_in_turn()),
        (FULL, decorated_links),
        (DOCUMENTED, created_by(201)),
        (DOCUMENTED, created_by(202)),
        (DOCUMENTED, silent_changes),
        ("vault", unknown_methods),
    ],
    ids=["fractions", "offsets", "relative", "turns", "decorated", "201", "202", "204", "501"],
)
def test_another_spelling_of_the_same_breaks_nothing(world: str, after: After, tmp_path: Path) -> None:
    judged = in_world(world, after, tmp_path)
    assert judged.failures == []
    assert judged.open == []


@pytest.mark.parametrize("world", [DOCUMENTED, "vault"])
def test_a_list_that_is_late_as_declared_breaks_nothing(world: str, tmp_path: Path) -> None:
    assert in_world(world, late_lists(0.15), tmp_path, "settle = 0.2").failures == []


def server_errors(asked: Asked, answered: Answered) -> Answered:
    """A method that the path does offer is not implemented either, for some."""
    return Answered(501) if asked.method == "GET" and "limit=" in asked.query else answered


def later_lists(_asked: Asked, answered: Answered) -> Answered:
    """Lists tell another moment than items do."""
    return replace(answered, body=_TIME.sub(b"+00:01", answered.body)) if _is_list(answered) else answered


@pytest.mark.parametrize(
    ("after", "requirement"),
    [(server_errors, "listVaults/no-server-error"), (later_lists, "listVaults/list-agrees")],
    ids=["501-of-a-method-that-is-there", "another-moment"],
)
def test_what_only_looks_like_another_spelling_is_a_failure(after: After, requirement: str, tmp_path: Path) -> None:
    failures = in_world("vault", after, tmp_path).failures
    assert any(one.startswith(requirement) for one in failures)
