"""The limit: an ASGI application that reads a request and sends bytes that were written down before.

Run as `python -m bench.bare ANSWERS PORT`; it stands on uvicorn as it comes, with its fastest parser and loop and
without a log, which is what somebody would take who wants an application to be fast.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from pathlib import Path
from typing import Any

import uvicorn

from bench.exchange import Answer
from bench.scenario import Scenario

Message = MutableMapping[str, Any]
Key = tuple[str, bytes, bytes]
Recording = Mapping[Key, tuple[Message, Message]]
"""By method, path and body: the two messages of an answer."""


def write_answers(path: Path, answers: Mapping[Scenario, Answer]) -> None:
    """Write down what a server answered, for `read_answers`."""
    rows = [
        {
            "request": [scenario.method, scenario.path, scenario.body.decode("ascii")],
            "status": answer.status,
            "headers": [*answer.headers, ("content-length", str(len(answer.body)))],
            "body": answer.body.decode("utf-8"),
        }
        for scenario, answer in answers.items()
    ]
    path.write_text(json.dumps(rows), encoding="utf-8")


def read_answers(path: Path) -> Recording:
    """The messages of each recorded answer, ready to be sent."""
    recording: dict[Key, tuple[Message, Message]] = {}
    for row in json.loads(path.read_text(encoding="utf-8")):
        method, target, body = row["request"]
        headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in row["headers"]]
        start: Message = {"type": "http.response.start", "status": row["status"], "headers": headers}
        end: Message = {"type": "http.response.body", "body": row["body"].encode("utf-8")}
        recording[method, target.encode("ascii"), body.encode("ascii")] = (start, end)
    return recording


class BareApp:
    """Finds a recorded answer by the request's own bytes; anything else is a 404."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording
        self._missing: tuple[Message, Message] = (
            {"type": "http.response.start", "status": 404, "headers": [(b"content-length", b"0")]},
            {"type": "http.response.body", "body": b""},
        )

    async def __call__(
        self,
        scope: Message,
        receive: Callable[[], Awaitable[Message]],
        send: Callable[[Message], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await _live(receive, send)
            return
        body = b""
        if scope["method"] == "POST":
            message = await receive()
            body = message["body"]
            while message.get("more_body"):
                message = await receive()
                body += message["body"]
        start, end = self._recording.get((scope["method"], scope["raw_path"], body), self._missing)
        await send(start)
        await send(end)


async def _live(receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]) -> None:
    while (message := await receive())["type"] != "lifespan.shutdown":
        await send({"type": message["type"] + ".complete"})
    await send({"type": "lifespan.shutdown.complete"})


if __name__ == "__main__":
    uvicorn.run(
        BareApp(read_answers(Path(sys.argv[1]))),
        port=int(sys.argv[2]),
        http="httptools",
        loop="uvloop",
        log_level="critical",
        access_log=False,
        server_header=False,
    )
