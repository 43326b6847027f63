"""One fixed conversation with a fresh mock, and all that it answered: the same every time.

`python -m tests.probes.transcript` prints the digest of it.
"""

from __future__ import annotations

import asyncio
import hashlib
import sys
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.probes.served import make_probed
from tests.probes.talk import OTHER_TOKEN, TOKEN


@dataclass(frozen=True, slots=True)
class Line:
    """One request of the conversation."""

    method: str
    path: str
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    token: str | None = TOKEN


def _seeded(seed: int) -> dict[str, str]:
    return {"Prefer": f"dynamic=true, seed={seed}"}


_NEW = {"customer_id": 100, "name": "New"}
_WORKSPACE = {"X-Mock-Workspace": "other"}
LINES: tuple[Line, ...] = (
    Line("GET", "/ping", token=None),
    Line("GET", "/berths"),
    Line("GET", "/berths?page=2&per_page=7&customer_id=100"),
    Line("GET", "/berths?per_page=100", headers={"Accept-Encoding": "gzip"}),
    Line("GET", "/berths", token=OTHER_TOKEN),
    Line("GET", "/berths", token=None),
    Line("POST", "/berths", _NEW),
    Line("POST", "/berths", _NEW),
    Line("POST", "/berths", {"customer_id": "many", "status": "sunk", "depth": 3}),
    Line("POST", "/berths", _NEW, {"Idempotency-Key": "one"}),
    Line("POST", "/berths", _NEW, {"Idempotency-Key": "one"}),
    Line("PUT", "/berths/46", {"name": "Changed"}),
    Line("GET", "/berths/46"),
    Line("DELETE", "/berths/47"),
    Line("GET", "/berths/47"),
    Line("POST", "/berths/46/surveys", {"depth": 3}),
    Line("GET", "/berths/46/surveys"),
    Line("GET", "/berths/1/chart"),
    Line("GET", "/berths/1", headers=_seeded(7)),
    Line("GET", "/berths/1", headers=_seeded(8)),
    Line("GET", "/berths/1", headers=_seeded(7)),
    Line("GET", "/berths/1", headers={"Prefer": "dynamic=true"}),
    Line("GET", "/berths/1", headers={"Prefer": "dynamic=true"}),
    Line("GET", "/berths", headers={"Prefer": "code=503"}),
    Line("POST", "/berths", _NEW, _WORKSPACE),
    Line("GET", "/berths/1", headers={**_WORKSPACE, "Prefer": "dynamic=true"}),
    Line("PATCH", "/berths/1", {}),
    Line("GET", "/nowhere"),
    Line("OPTIONS", "/berths/1"),
    Line("HEAD", "/berths"),
)


async def hold(app: Any) -> list[bytes]:
    """Hold the conversation with an application; each answer is its status, header fields and body."""
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=True)
    async with httpx.AsyncClient(transport=transport, base_url="http://mock.example/v1") as client:
        return [_written(await _say(client, number, line)) for number, line in enumerate(LINES)]


async def _say(client: httpx.AsyncClient, number: int, line: Line) -> httpx.Response:
    # A request's id is the client's, if it gives one; the mock's own would be another every time.
    headers = {"X-Request-Id": f"line-{number}", **line.headers}
    if line.token is not None:
        headers["Authorization"] = f"Bearer {line.token}"
    return await client.request(line.method, line.path, json=line.json, headers=headers)


def _written(answer: httpx.Response) -> bytes:
    fields = b"".join(name + b": " + value + b"\n" for name, value in answer.headers.raw)
    return str(answer.status_code).encode() + b"\n" + fields + b"\n" + answer.content


def main() -> int:
    """Print the digest of all answers."""
    print(hashlib.sha256(b"\n\n".join(asyncio.run(hold(make_probed())))).hexdigest())  # noqa: T201
    return 0


if __name__ == "__main__":
    sys.exit(main())
