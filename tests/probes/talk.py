"""Talking to one mock server over HTTP, in its own dialect where it has one for what is asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

TOKEN = "harbour-token"
OTHER_TOKEN = "customer-token"
"""Sees the berths of customer 200 alone."""


@dataclass(frozen=True, slots=True)
class Deed:
    """A request that makes a server do something outside of the contract: `path` is below its root, not its base."""

    method: str
    path: str
    json: Any = None
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a server is told what no contract says, as its own documentation has it; None where it has no way.

    Text in `{braces}` is filled in by the probe. admin: header fields of every deed. journal: what was received.
    is_verified: whether the JSON that `verify` gave says yes. isolate: header fields that put a request into the
    world called {name}. delay: header fields that ask for {milliseconds}; switch: query parameter that forces a
    status code. fault: makes requests fail with 429.
    """

    admin: Mapping[str, str] = field(default_factory=dict)
    contract: Deed | None = None
    ready: Deed | None = None
    reset: Deed | None = None
    advance: Deed | None = None
    take_snapshot: Deed | None = None
    restore_snapshot: Deed | None = None
    journal: Deed | None = None
    verify: Deed | None = None
    is_verified: Callable[[Any], bool] = bool
    fault: Deed | None = None
    end_faults: Deed | None = None
    token: Deed | None = None
    isolate: Mapping[str, str] | None = None
    delay: Mapping[str, str] | None = None
    switch: str | None = None


OURS = Dialect(
    contract=Deed("GET", "/openapi.json"),
    ready=Deed("GET", "/__mock/health"),
    reset=Deed("POST", "/__mock/reset", json={}),
    advance=Deed("POST", "/__mock/clock/advance", json={"seconds": 60}),
    take_snapshot=Deed("PUT", "/__mock/snapshots/before"),
    restore_snapshot=Deed("POST", "/__mock/snapshots/before/restore"),
    journal=Deed("GET", "/__mock/journal"),
    verify=Deed(
        "POST",
        "/__mock/journal/verify",
        json={"expect": [{"match": {"operation": "pingHarbour", "headers": {"x-probe": "{mark}"}}, "times": 2}]},
    ),
    is_verified=lambda told: bool(told["finding"] == "pass"),
    fault=Deed("POST", "/__mock/faults", json={"effect": "status", "status": 429, "retry_after": 7}),
    end_faults=Deed("DELETE", "/__mock/faults"),
    token=Deed(
        "POST",
        "/__mock/oauth/token",
        form={"grant_type": "client_credentials", "client_id": "Tom", "client_secret": "harbour-secret"},
    ),
    isolate={"X-Mock-Workspace": "{name}"},
    delay={"Prefer": "delay={milliseconds}"},
    switch="__code",
)
PRISM = Dialect(switch="__code")
MOCKOON = Dialect(
    admin={"Authorization": "Bearer probe-admin"},
    reset=Deed("POST", "/mockoon-admin/state/purge"),
    journal=Deed("GET", "/mockoon-admin/logs?limit=100"),
)


@dataclass(frozen=True, slots=True)
class Talk:
    """A server that is being probed.

    base: what stands before every path of the contract on this server, "/v1" or nothing.
    """

    client: httpx.Client
    dialect: Dialect
    base: str = "/v1"

    def ask(self, method: str, path: str, *, token: str | None = TOKEN, **more: Any) -> httpx.Response:
        """Ask for a path of the contract; `more` is what httpx takes, and `headers` come after the token."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return self.client.request(method, self.base + path, headers={**headers, **more.pop("headers", {})}, **more)

    def do(self, deed: Deed, **words: str) -> httpx.Response:
        """Do a deed; `words` fill in its braces."""
        body = _filled(deed.json, words)
        return self.client.request(
            deed.method, _filled(deed.path, words), json=body, data=deed.form, headers=dict(self.dialect.admin)
        )

    def follow(self, url: str, **more: Any) -> httpx.Response:
        """Ask for a URL that the server gave, complete or not."""
        return self.client.get(url, headers={"Authorization": f"Bearer {TOKEN}"}, **more)

    def add_berth(self, name: str, *, headers: Mapping[str, str] | None = None) -> httpx.Response:
        """Create a berth of customer 100."""
        return self.ask("POST", "/berths", json={"customer_id": 100, "name": name}, headers=dict(headers or {}))


def find_base(client: httpx.Client) -> str:
    """Where a server has the paths of the contract: under `/v1`, as the contract says, or at its root."""
    for base in ("/v1", ""):
        if client.get(f"{base}/ping").status_code == 200:
            return base
    return "/v1"


def _filled(node: Any, words: Mapping[str, str]) -> Any:
    if isinstance(node, str):
        for name, word in words.items():
            node = node.replace("{" + name + "}", word)
        return node
    if isinstance(node, Mapping):
        return {key: _filled(value, words) for key, value in node.items()}
    return [_filled(one, words) for one in node] if isinstance(node, list) else node
