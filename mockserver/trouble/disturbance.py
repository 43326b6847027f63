"""Faults on the wire: what a strike does to an answer that is ready to be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from typing import TYPE_CHECKING, Protocol

from mockserver.errors import reason_for, title_of
from mockserver.exchange import Answer, Refusal
from mockserver.trouble.fault import Effect, Strike

if TYPE_CHECKING:
    from mockserver.rendering import Renderer
    from mockserver.sending import Head, Send
    from spec.contract import Operation

Sleep = Callable[[float], Awaitable[None]]


class Connection(Protocol):
    """The connection under a request, as far as a fault needs it (`scope["extensions"]["mockserver.connection"]`)."""

    def reset(self) -> None:
        """Break it off at once, whatever was not sent yet."""
        ...

    def close(self) -> None:
        """Close it after what was sent."""
        ...


def answer_instead(strike: Strike, renderer: Renderer, operation: Operation | None) -> Answer:
    """What stands for the answer of a struck request: an error in the style of its operation.

    A connection that is broken off is answered by nothing, which is an answer of status 0 for the journal.
    """
    if strike.instead is not Effect.STATUS:
        return Answer(0, b"", None, (), "fault")
    headers = (("Retry-After", str(strike.retry_after)),) if strike.retry_after is not None else ()
    if operation is not None:
        rendered = renderer.render_status(strike.status, operation)
    else:
        told = f"this answer was asked for: {strike.status} {title_of(strike.status)}"
        rendered = renderer.render(Refusal(reason_for(strike.status), told), None)
    return Answer(strike.status, rendered.body, rendered.media_type, (*rendered.headers.items(), *headers), "fault")


async def send_disturbed(
    strike: Strike,
    status: int,
    head: Head,
    body: bytes,
    send: Send,
    connection: Connection | None,
    *,
    sleep: Sleep = asyncio.sleep,
) -> None:
    """Send an answer as a strike has it; status, head and body are those of the whole answer.

    Without a connection at hand, breaking it off is raising ConnectionResetError, as a server notices it.
    """
    if strike.latency:
        await sleep(strike.latency)
    if strike.instead in (Effect.RESET, Effect.EMPTY):
        _break_off(connection, reset=strike.instead is Effect.RESET)
        return
    if strike.garbage is not None:
        # Of the same length, so that nothing but the content tells.
        body = Random(strike.garbage).randbytes(len(body))  # noqa: S311  (noise, not secrecy)
    kept = body if strike.cut is None else body[: strike.cut.length(len(body))]
    is_cut = len(kept) < len(body)
    await send({"type": "http.response.start", "status": status, "headers": head})
    size, pause = (strike.drip.size, strike.drip.pause) if strike.drip is not None else (max(len(kept), 1), 0.0)
    for at in range(0, len(kept), size):
        if at:
            await sleep(pause)
        piece = kept[at : at + size]
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if is_cut:
        _break_off(connection, reset=False)
    else:
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _break_off(connection: Connection | None, *, reset: bool) -> None:
    if connection is None:
        raise ConnectionResetError("a fault breaks the connection off")
    if reset:
        connection.reset()
    else:
        connection.close()
