from __future__ import annotations

import asyncio

import httpx
import pytest

from tests.probes.served import make_probed

JSON, TEXT = "application/json", "text/plain"


async def _ask(accept: str | None) -> httpx.Response:
    transport = httpx.ASGITransport(app=make_probed())
    async with httpx.AsyncClient(transport=transport, base_url="http://mock.example/v1") as client:
        # httpx takes anything where nothing else is said; a client without the field is something else.
        client.headers.pop("accept")
        return await client.get("/ping", headers={} if accept is None else {"Accept": accept})


@pytest.mark.parametrize(
    ("accept", "media_type"),
    [
        (None, JSON),
        ("*/*", JSON),
        ("text/plain", TEXT),
        ("text/*", TEXT),
        ("application/json, text/plain", JSON),
        ("application/json;q=0.5, text/plain", TEXT),
        ("text/plain;q=0.5, */*;q=0.1", TEXT),
        ("application/json;q=0, */*", TEXT),
        ("nonsense", JSON),
    ],
)
def test_a_sample_comes_in_the_media_type_that_the_client_likes_best(accept: str | None, media_type: str) -> None:
    answer = asyncio.run(_ask(accept))
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, media_type)
