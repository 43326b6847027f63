"""A hundred tests at once on one server, each in a workspace of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import httpx

from mockserver.server import running
from tests.probes.served import make_probed
from tests.probes.talk import TOKEN

CROWD = 100
FIXTURES = 45
"""Berths that every workspace starts with."""

OPEN = 25
"""Connections at a time; the workspaces are all alive at once, whatever the number of sockets."""


@dataclass(frozen=True, slots=True)
class Member:
    """One of the crowd; half of them choose their workspace by a header field, half by the URL."""

    number: int
    client: httpx.AsyncClient

    @property
    def name(self) -> str:
        return f"member-{self.number}"

    async def ask(self, method: str, path: str, body: object = None) -> httpx.Response:
        by_url = self.number % 2
        headers = {"Authorization": f"Bearer {TOKEN}"} | ({} if by_url else {"X-Mock-Workspace": self.name})
        prefix = f"/__mock/w/{self.name}" if by_url else ""
        return await self.client.request(method, f"{prefix}/v1{path}", json=body, headers=headers)

    async def live(self) -> list[str]:
        """Write, change and delete; tells everything that was not as if nobody else were there."""
        own = self.number % 5 + 1
        made = [
            (await self.ask("POST", "/berths", {"customer_id": 100, "name": f"{self.name}-{one}"})).json()
            for one in range(own)
        ]
        await self.ask("PUT", "/berths/1", {"name": self.name})
        gone = await self.ask("DELETE", f"/berths/{2 + self.number % 40}")
        listed = await self.ask("GET", "/berths?per_page=100")
        names = [one["name"] for one in listed.json()]
        checks = {
            f"ids {[one['id'] for one in made]}": [one["id"] for one in made] == [*range(46, 46 + own)],
            f"own name {names[0]}": names[0] == self.name,
            f"deleted {gone.status_code}": gone.status_code == 204,
            f"total {listed.headers['x-total-count']}": int(listed.headers["x-total-count"]) == FIXTURES + own - 1,
            f"names {names[FIXTURES - 1 :]}": names[FIXTURES - 1 :] == [f"{self.name}-{one}" for one in range(own)],
        }
        return [f"{self.name}: {told}" for told, good in checks.items() if not good]


async def gather(url: str) -> list[str]:
    limits = httpx.Limits(max_connections=OPEN, max_keepalive_connections=OPEN)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as client:
        lives = await asyncio.gather(*(Member(number, client).live() for number in range(CROWD)))
        again = await asyncio.gather(*(Member(number, client).ask("GET", "/berths/1") for number in range(CROWD)))
        nobody = await client.get("/v1/berths/1", headers={"Authorization": f"Bearer {TOKEN}"})
    later = [
        f"member-{number} reads {answer.json()['name']}"
        for number, answer in enumerate(again)
        if answer.json()["name"] != f"member-{number}"
    ]
    untouched = [] if nobody.json()["name"] == "Alder" else ["the workspace of nobody was written to"]
    return [*(told for life in lives for told in life), *later, *untouched]


def test_a_hundred_workspaces_at_once_see_only_what_is_their_own() -> None:
    with running(make_probed()) as url:
        assert asyncio.run(gather(url)) == []
