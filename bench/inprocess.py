"""The mock without a socket: what its own code costs, apart from the server under it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import Any
from urllib.parse import unquote

from bench.errors import BenchError
from bench.scenario import Scenario
from mockserver.app import create_app
from spec.contract import Contract
from spec.fixtures import Fixtures

Message = MutableMapping[str, Any]
App = Callable[[Message, Callable[[], Awaitable[Message]], Callable[[Message], Awaitable[None]]], Awaitable[None]]


Call = tuple[Message, bytes]
"""A request as a server hands it over, its body beside it. The application may write into it: it is for one use."""


class InProcess:
    """The mock of a contract, called directly; it stays on one event loop, as it would under a server."""

    def __init__(self, contract: Contract, fixtures: Fixtures) -> None:
        self._app: App = create_app(contract, fixtures)
        self._loop = asyncio.new_event_loop()

    def close(self) -> None:
        """Give the event loop back."""
        self._loop.close()

    def ask(self, scenario: Scenario) -> tuple[int, bytes]:
        """Send one request; its status and body."""
        return self._loop.run_until_complete(_call(self._app, scenario))

    def repeat(self, calls: Sequence[Call]) -> float:
        """Send these requests one after another; CPU microseconds per request."""
        return self._loop.run_until_complete(_call_each(self._app, calls))

    def cheapest(self, scenarios: Sequence[Scenario], turns: int = 7) -> float:
        """The least that these requests took in any of some turns, in CPU microseconds each.

        Neighbours only ever add to what a request costs, so that the least is the truest. Raises BenchError if one of
        them is not answered rightly.
        """
        for scenario in scenarios:
            status, body = self.ask(scenario)
            if not scenario.accepts(status):
                raise BenchError(f"{scenario.path} is answered {status}: {body[:200]!r}", hint="mend the mock first")
        return min(self.repeat(prepare(scenarios)) for _ in range(turns))


def prepare(scenarios: Sequence[Scenario]) -> list[Call]:
    """The requests as a server would hand them over, made before anything is timed."""
    return [(_scope(scenario), scenario.body) for scenario in scenarios]


async def _call_each(app: App, calls: Sequence[Call]) -> float:
    began = time.process_time()
    for scope, body in calls:
        await app(scope, _receiver(body), _drop)
    return (time.process_time() - began) / len(calls) * 1e6


async def _call(app: App, scenario: Scenario) -> tuple[int, bytes]:
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    await app(_scope(scenario), _receiver(scenario.body), send)
    return sent[0]["status"], b"".join(message.get("body", b"") for message in sent[1:])


def _scope(scenario: Scenario) -> Message:
    path, _, query = scenario.path.partition("?")
    fields = [("Host", "127.0.0.1"), *scenario.headers]
    return {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.3"},
        "http_version": "1.1",
        "scheme": "http",
        "method": scenario.method,
        "path": unquote(path),
        "raw_path": path.encode("ascii"),
        "query_string": query.encode("ascii"),
        "root_path": "",
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields],
        "client": ("127.0.0.1", 40000),
        "server": ("127.0.0.1", 4010),
        "state": {},
    }


def _receiver(body: bytes) -> Callable[[], Awaitable[Message]]:
    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def _drop(_message: Message) -> None:
    pass
