"""What a test holds in its hand: one workspace of a running mock, and everything that can be done with it.

It speaks to the admin interface over HTTP, so a mock in this process, on this machine or in a container are
all the same to it. The fixtures of `mockserver.pytest_plugin` hand it out; `open_workspace` does so without pytest.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote

import httpx

from mockserver.remote import (
    WORKSPACE_HEADER,
    Admin,
    AdminError,
    WorkspaceClock,
    WorkspaceJournal,
    WorkspaceState,
    describe_entry,
)

if TYPE_CHECKING:
    from mockserver.sending import App

__all__ = ["AdminError", "AsgiWorkspace", "MockWorkspace", "describe_entry", "keep", "open_workspace"]

_Kept = TypeVar("_Kept", bound="MockWorkspace")


class MockWorkspace:
    """One test's own part of a mock: data, clock, journal, faults and mutants that are nobody else's.

    url: the API as this test sees it, for clients that take a base URL. headers: the same, for clients that keep
    the mock's own URL, `base_url`.
    """

    def __init__(self, http: httpx.Client, name: str) -> None:
        self.name = name
        self.base_url = str(http.base_url).rstrip("/")
        self.url = f"{self.base_url}/__mock/w/{name}"
        self.headers = {WORKSPACE_HEADER: name}
        self.admin = Admin(http, name)
        self.clock = WorkspaceClock(self.admin)
        self.state = WorkspaceState(self.admin)
        self.journal = WorkspaceJournal(self.admin)

    def token(self, name: str) -> str:
        """A credential with the rights of somebody in the fixtures, by name; raises AdminError for an unknown one."""
        return self.admin.issue_token(name)

    def reset(self, *what: str) -> None:
        """Back to how the workspace began: state, journal, faults, mutants, clock, snapshots, or only those named."""
        self.admin.ask("POST", "/reset", {"what": list(what)} if what else {})

    def snapshot(self, name: str = "test") -> None:
        """Keep items and time under a name."""
        self.admin.ask("PUT", f"/snapshots/{quote(name)}")

    def restore(self, name: str = "test") -> None:
        """Bring back items and time of a snapshot."""
        self.admin.ask("POST", f"/snapshots/{quote(name)}/restore")

    def diff(self, snapshot: str | None = None) -> list[dict[str, Any]]:
        """The items that are not what they were in a snapshot, or in the fixtures."""
        found: list[dict[str, Any]] = self.admin.ask("GET", "/diff", snapshot=snapshot)
        return found

    def fault(self, effect: str, **members: Any) -> None:
        """Make trouble: latency, drip, truncate, garbage, status, reset or empty, with the members that it takes."""
        self.admin.ask("POST", "/faults", {"effect": effect, **members})

    def mutant(self, *ids: str) -> None:
        """Misbehave in these ways, and no others; without any, behave."""
        self.admin.ask("PUT", "/mutants", {"on": list(ids)})

    def assert_called(
        self,
        operation: str | None = None,
        *,
        times: int | None = None,
        at_least: int | None = None,
        at_most: int | None = None,
        **criteria: Any,
    ) -> None:
        """The operation was called: at least once, or as often as told.

        criteria: what else the requests must be like: method, path, status, why, query, headers, body, json.
        """
        __tracebackhide__ = True
        counts = {"times": times, "at_least": at_least, "at_most": at_most}
        told = {name: number for name, number in counts.items() if number is not None}
        self.journal.verify([{"match": _criteria(operation, criteria), **told}])

    def assert_not_called(self, operation: str | None = None, **criteria: Any) -> None:
        """Nothing called the operation in this way."""
        __tracebackhide__ = True
        self.assert_called(operation, times=0, **criteria)

    def assert_order(self, operations: Iterable[str | Mapping[str, Any]]) -> None:
        """These were called one after the other, whatever came between; each an operationId or criteria."""
        __tracebackhide__ = True
        matches = [{"operation": one} if isinstance(one, str) else dict(one) for one in operations]
        self.journal.verify([{"match": match, "at_least": 1} for match in matches], ordered=True)


class AsgiWorkspace(MockWorkspace):
    """A workspace of a mock without a socket. app: the mock, for any other ASGI client."""

    def __init__(self, http: httpx.Client, name: str, app: App) -> None:
        super().__init__(http, name)
        self.app = app

    def client(self, **options: Any) -> httpx.AsyncClient:
        """An asynchronous client of this workspace, to be closed by `async with`; options as httpx takes them."""
        headers = {**self.headers, **options.pop("headers", {})}
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url=self.base_url, headers=headers, **options)


def open_workspace(http: httpx.Client, name: str | None = None) -> AbstractContextManager[MockWorkspace]:
    """A fresh workspace of the mock at the client's base URL, gone at the end of the block."""
    return keep(MockWorkspace(http, name or f"test-{uuid.uuid4()}"))


@contextmanager
def keep(workspace: _Kept) -> Iterator[_Kept]:
    """Make the workspace for the time of a block."""
    workspace.admin.ask("POST", "/workspaces", {"name": workspace.name})
    try:
        yield workspace
    finally:
        workspace.admin.ask("DELETE", f"/workspaces/{workspace.name}")


def _criteria(operation: str | None, criteria: Mapping[str, Any]) -> dict[str, Any]:
    return {**criteria, "operation": operation} if operation is not None else dict(criteria)
