"""Targets that are right, and larger or livelier than a mock is: long lists, and somebody else who writes.

A vendor's test system has more items than anybody walks through, and others use it while a run is going on.
"""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, replace
from itertools import count, islice
from urllib.parse import urlencode, urlsplit

from spec.fixtures import Fixtures

Beside = Callable[[str], AbstractContextManager[None]]
"""What goes on at a base URL during a run."""

_PAUSE = 0.02


def grown(fixtures: Fixtures, resource: str, size: int) -> Fixtures:
    """A world with that many more items like the first one of a resource, numbered on from the last one."""
    items = fixtures.items[resource]
    first, last = items[0], max(int(item.key[-1]) for item in items)
    more = [
        replace(first, key=(*first.key[:-1], number), fields={**first.fields, "id": number})
        for number in islice(count(last + 1), size)
    ]
    return replace(fixtures, items={**fixtures.items, resource: (*items, *more)})


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that somebody creates again and again. below: the path below which it can be deleted, if it can."""

    path: str
    fields: Mapping[str, str]
    below: str = ""


@dataclass(frozen=True, slots=True)
class Somebody:
    """Somebody else at a target, who creates all the time, and deletes two of three. headers: of every request."""

    habits: tuple[Habit, ...]
    headers: Mapping[str, str]

    @contextmanager
    def __call__(self, url: str) -> Iterator[None]:
        """Is at work at a base URL until the context is left."""
        stop = threading.Event()
        worker = threading.Thread(target=self._work, args=(urlsplit(url).netloc, stop), daemon=True)
        worker.start()
        try:
            yield
        finally:
            stop.set()
            worker.join()

    def _work(self, place: str, stop: threading.Event) -> None:
        for number in count(1):
            for habit in self.habits:
                if stop.wait(_PAUSE):
                    return
                made = self._ask(place, "POST", habit.path, habit.fields)
                if habit.below and "id" in made and not stop.wait(_PAUSE) and number % 3:
                    self._ask(place, "DELETE", f"{habit.below}/{made['id']}", {})

    def _ask(self, place: str, method: str, path: str, fields: Mapping[str, str]) -> Mapping[str, str]:
        is_json = self.headers["Content-Type"].endswith("json")
        body = json.dumps(fields) if is_json else urlencode(fields)
        connection = http.client.HTTPConnection(place, timeout=30)
        try:
            connection.request(method, path, body if fields else None, dict(self.headers))
            answer = connection.getresponse().read()
        finally:
            connection.close()
        found: Mapping[str, str] = json.loads(answer or b"{}")
        return found


NIMBUS = Somebody(
    (
        Habit(
            "/v1/backup_instances",
            {
                "backup_instance[backup_definition_id]": "def-workspace",
                "backup_instance[customer_id]": "cust-100",
                "backup_instance[backup_frequency]": "daily",
            },
        ),
        Habit("/v1/backup_instances/1/backups", {}),
        Habit("/v1/backup_instances/1/exports", {}),
    ),
    {"Authorization": "Bearer nimbus-token", "Content-Type": "application/x-www-form-urlencoded"},
)
"""A colleague at the packaged mock."""

NORTH = Somebody(
    (
        Habit("/v1/vaults", {"name": "theirs", "region": "north"}, "/v1/vaults"),
        Habit("/v1/vaults/1/copies", {"name": "theirs", "kind": "full"}, "/v1/copies"),
    ),
    {"Authorization": "Bearer north-token", "Content-Type": "application/json"},
)
"""A colleague at the mock of the second contract."""
