"""The parts of a workspace as seen from outside: its clock, state and journal, over the admin interface of a mock."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import httpx

WORKSPACE_HEADER: Final = "X-Mock-Workspace"
"""Header field that names the workspace of a request."""

_TIMEOUT: Final = 30.0
"""Seconds that the mock may take for an answer about itself."""


class AdminError(Exception):
    """The mock did not do what a test asked of it. status: of its answer; detail: its own words."""

    def __init__(self, asked: str, status: int, detail: str) -> None:
        super().__init__(f"{asked} was answered with {status}: {detail}")
        self.asked = asked
        self.status = status
        self.detail = detail


@dataclass(frozen=True, slots=True)
class Admin:
    """The admin interface of a mock, as one workspace uses it. http: has the mock's own URL as its base URL."""

    http: httpx.Client
    workspace: str

    def ask(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """The JSON that the mock answers, None without any; raises AdminError for a refusal."""
        given = {name: value for name, value in query.items() if value is not None}
        return self._read(self._send(method, path, json=body, params=given))

    def issue_token(self, name: str) -> str:
        """A token with the rights of somebody in the fixtures; raises AdminError for an unknown name."""
        form = {"grant_type": "client_credentials", "client_id": name, "client_secret": "any"}
        return str(self._read(self._send("POST", "/oauth/token", data=form))["access_token"])

    def _send(self, method: str, path: str, **options: Any) -> httpx.Response:
        headers = {WORKSPACE_HEADER: self.workspace}
        return self.http.request(method, f"/__mock{path}", headers=headers, timeout=_TIMEOUT, **options)

    def _read(self, answer: httpx.Response) -> Any:
        if answer.is_error:
            asked = f"{answer.request.method} {answer.request.url.path}"
            raise AdminError(asked, answer.status_code, _detail(answer))
        return answer.json() if answer.content else None


@dataclass(frozen=True, slots=True)
class WorkspaceClock:
    """The clock of one workspace; it only moves forward."""

    admin: Admin

    @property
    def now(self) -> datetime:
        """The present moment, UTC."""
        return datetime.fromisoformat(self.admin.ask("GET", "/clock")["now"])

    def advance(self, seconds: float) -> None:
        """Move forward: whatever takes that long is done."""
        self.admin.ask("POST", "/clock/advance", {"seconds": seconds})

    def freeze(self) -> None:
        """Stand still until advanced, so that the same requests get the same bytes."""
        self.admin.ask("PUT", "/clock", {"mode": "frozen"})

    def run(self, rate: float = 1.0) -> None:
        """Go on, `rate` seconds in each second of the machine's clock."""
        self.admin.ask("PUT", "/clock", {"mode": "real"} if rate == 1 else {"mode": "scaled", "rate": rate})


@dataclass(frozen=True, slots=True)
class WorkspaceState:
    """The things of one workspace, past the API: for what a test needs to find, and to know afterwards.

    An item is named by its resource, the ids of its ancestors and its own: `("backup", 2, 17)`.
    """

    admin: Admin

    def count(self) -> dict[str, int]:
        """How many items of each resource there are."""
        counted: dict[str, int] = self.admin.ask("GET", "/state")
        return counted

    def list(self, resource: str, *parent: object) -> list[dict[str, Any]]:
        """The fields of the items of a resource, of all parents or of one."""
        found = self.admin.ask("GET", f"/state/{quote(resource)}", parent=_key(parent) if parent else None)
        return [item["fields"] for item in found]

    def get(self, resource: str, *key: object) -> dict[str, Any]:
        """The fields of one item."""
        fields: dict[str, Any] = self.admin.ask("GET", _place(resource, key))["fields"]
        return fields

    def put(
        self,
        resource: str,
        *key: object,
        fields: Mapping[str, Any],
        hold: bool = False,
        outcome: str | None = None,
    ) -> None:
        """Make an item, or put another in its place; it has to fit the contract's schema.

        hold: its state does not change on its own. outcome: the state that it comes to where several could follow.
        """
        self.admin.ask("PUT", _place(resource, key), {"fields": dict(fields), "hold": hold, "outcome": outcome})

    def delete(self, resource: str, *key: object) -> None:
        """Take an item away."""
        self.admin.ask("DELETE", _place(resource, key))


@dataclass(frozen=True, slots=True)
class WorkspaceJournal:
    """What was asked of one workspace, and what it answered."""

    admin: Admin

    def list(self, **criteria: Any) -> list[dict[str, Any]]:
        """The entries that meet the criteria, oldest first: operation, method, path (a glob), status, why, limit."""
        told = self.admin.ask("GET", "/journal", **criteria)
        found: list[dict[str, Any]] = told["entries"]
        return found

    def get(self, number: int) -> dict[str, Any]:
        """One entry with the header fields and bodies of both sides."""
        found: dict[str, Any] = self.admin.ask("GET", f"/journal/{number}")
        return found

    def clear(self) -> None:
        """Forget what was asked so far."""
        self.admin.ask("DELETE", "/journal")

    def verify(self, expect: Iterable[Mapping[str, Any]], *, ordered: bool = False) -> None:
        """Raise AssertionError, with the nearest misses, unless the journal holds what is expected.

        expect: objects {match: criteria, times | at_least | at_most}; ordered: in this order.
        """
        # A failure points at the line of the test, not into this file.
        __tracebackhide__ = True
        expectations = [dict(one) for one in expect]
        told = self.admin.ask("POST", "/journal/verify", {"expect": expectations, "ordered": ordered})
        if told["finding"] != "pass":
            raise AssertionError("\n".join(_explain(told)))


def describe_entry(entry: Mapping[str, Any]) -> str:
    """One entry of a journal in one line, with the reason of a refusal."""
    query = f"?{entry['query']}" if entry["query"] else ""
    told = "; ".join(f"{one['in']} {one['pointer']}: {one['message']}" for one in entry["violations"])
    operation = entry["operation"] or "no operation"
    line = f"{entry['number']:>4}  {entry['status']}  {entry['method']} {entry['path']}{query}  {operation}"
    return f"{line}, {entry['why']}" + (f" ({told})" if told else "")


def _explain(told: Mapping[str, Any]) -> Iterator[str]:
    for outcome in told["outcomes"]:
        if outcome["finding"] != "pass":
            yield outcome["text"]
            yield from (f"  nearest: {miss}" for miss in outcome["near"])


def _place(resource: str, key: tuple[object, ...]) -> str:
    return f"/state/{quote(resource)}/{quote(_key(key), safe='')}"


def _key(ids: tuple[object, ...]) -> str:
    return "/".join(quote(str(one), safe="") for one in ids)


def _detail(answer: httpx.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return answer.text[:500]
    return str(body.get("detail", body) if isinstance(body, dict) else body)
