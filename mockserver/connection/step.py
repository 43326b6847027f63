"""A coroutine run at once: most answers are ready without waiting for anything, and need no task."""

from __future__ import annotations

from contextvars import copy_context
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Coroutine, Generator


def run_at_once(running: Coroutine[Any, Any, None], loop: asyncio.AbstractEventLoop) -> asyncio.Task[None] | None:
    """Run a coroutine until it waits for something; gives the task that goes on from there, or None at its end.

    Until then no task is current, so that `asyncio.timeout` and the like do not work. Raises what the coroutine does.
    """
    context = copy_context()
    try:
        waited = context.run(running.send, None)
    except StopIteration:
        return None
    return loop.create_task(_go_on(running, waited), context=context)


async def _go_on(running: Coroutine[Any, Any, None], waited: Any) -> None:
    await _Resumed(running, waited)


class _Resumed:
    """What is left of a coroutine: first the thing that it waits for, then its other steps."""

    def __init__(self, running: Coroutine[Any, Any, None], waited: Any) -> None:
        self._running = running
        self._waited = waited

    def __await__(self) -> Generator[Any, Any, None]:
        waited = self._waited
        while True:
            error: BaseException | None = None
            try:
                yield waited
            except BaseException as thrown:  # noqa: BLE001  (a cancellation belongs to the coroutine)
                error = thrown
            try:
                waited = self._running.send(None) if error is None else self._running.throw(error)
            except StopIteration:
                return
