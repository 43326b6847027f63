"""A mock asked without a socket, by clients that do not wait for an event loop."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from mockserver.sending import App


class InProcessTransport(httpx.BaseTransport):
    """Hands requests of a synchronous client to an ASGI application.

    Each runs in an event loop of its own, on a thread: so it can be used where another loop is running already.
    """

    def __init__(self, app: App) -> None:
        self._inner = httpx.ASGITransport(app)
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="mock")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, once the whole answer is there."""
        return self._thread.submit(lambda: asyncio.run(self._answer(request))).result()

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()

    async def _answer(self, request: httpx.Request) -> httpx.Response:
        body = request.read()
        asked = httpx.Request(
            request.method, request.url, headers=request.headers, content=body, extensions=request.extensions
        )
        answer = await self._inner.handle_async_request(asked)
        # As it came, still compressed: the client undoes what the header fields tell of.
        content = b"".join([chunk async for chunk in answer.aiter_raw()])
        return httpx.Response(answer.status_code, headers=answer.headers, stream=httpx.ByteStream(content))
