"""Sending requests from a Python reproducer, and deleting at the end what it made. Copied into reproducers."""

from __future__ import annotations

import http.client
import os
import ssl
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

from conformance.reproduction.runtime.answer import Answer, Unclear
from conformance.reproduction.runtime.state import MOST_PAGES, next_of, whole

LARGEST = 1 << 26
"""Bytes of an answer that are read."""


def secret(name: str) -> str:
    """A credential from the environment."""
    if not os.environ.get(name):
        raise Unclear(f"set the environment variable {name} to the credential")
    return os.environ[name]


def quoted(identifier: str) -> str:
    """An id as it stands in a path or a query."""
    return quote(identifier, safe="")


def leave(target: str) -> None:
    """Say that something was made and stays."""
    print(f"left behind: {target}")  # noqa: T201  a program that people run


class Talk:
    """Sends requests to the target; leaving it deletes what was to be deleted, newest first."""

    def __init__(self) -> None:
        self.parts = urlsplit(os.environ["MOCKPROOF_TARGET"])
        self.made: list[tuple[str, Mapping[str, str]]] = []

    def __enter__(self) -> Talk:  # noqa: PYI034  a reproducer needs no newer Python for it
        return self

    def __exit__(self, *_: object) -> None:
        for target, headers in reversed(self.made):
            try:
                status = self.send("DELETE", target, headers).status
            except Unclear:
                status = 0
            if not 200 <= status < 300 and status not in (404, 410):
                leave(target)

    def undo(self, target: str, headers: Mapping[str, str]) -> None:
        """Note what is to be deleted at the end."""
        self.made.append((target, headers))

    def send(self, method: str, target: str, headers: Mapping[str, str], body: str = "") -> Answer:
        """Send one request, again if the target asks to wait for it; redirects are not followed."""
        for _ in range(3):
            wait(float(os.environ.get("MOCKPROOF_PAUSE") or 0))
            got = self.once(method, target, headers, body)
            after = got.headers.get("retry-after", "")
            if got.status != 429 or not after.isdecimal() or int(after) > 10:
                break
            wait(float(after))
        return got

    def once(self, method: str, target: str, headers: Mapping[str, str], body: str) -> Answer:
        """Send one request and read its answer."""
        secure = self.parts.scheme == "https"
        host, port = self.parts.hostname or "", self.parts.port
        connection: http.client.HTTPConnection = (
            http.client.HTTPSConnection(host, port, timeout=30, context=ssl.create_default_context())
            if secure
            else http.client.HTTPConnection(host, port, timeout=30)
        )
        began = time.monotonic()
        try:
            content = body.encode() or (None if method in ("GET", "HEAD") else b"")
            connection.request(method, self.parts.path.rstrip("/") + target, content, dict(headers))
            response = connection.getresponse()
            received = response.read(LARGEST + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise Unclear(f"{method} {target}: no answer ({type(error).__name__}: {error})") from error
        finally:
            connection.close()
        if len(received) > LARGEST:
            raise Unclear(f"{method} {target}: more than {LARGEST} bytes")
        fields: dict[str, str] = {}
        for name, value in response.getheaders():
            fields[name.lower()] = f"{fields[name.lower()]}, {value}" if name.lower() in fields else value
        seconds, kind = time.monotonic() - began, headers.get("content-type", "")
        return Answer(response.status, fields, received, seconds, target, body, kind)


def walk(talk: Talk, target: str, headers: Mapping[str, str], told: Mapping[str, Any]) -> Sequence[Answer]:
    """All pages of a list, by the links to the next one; stops where they lead in a circle, and after `MOST_PAGES`."""
    pages, seen = [talk.send("GET", target, headers)], {target}
    while len(pages) < MOST_PAGES and 200 <= pages[-1].status < 300:
        following = next_of(pages[-1], told)
        if not following or following in seen:
            break
        seen.add(following)
        page = talk.send("GET", following, headers)
        if not 200 <= page.status < 300:
            break
        pages.append(page)
    return whole(pages, told)


def patience(seconds: float) -> Iterator[None]:
    """Go on for some seconds, with a fifth of one in between."""
    until = time.monotonic() + seconds
    yield
    while time.monotonic() < until:
        wait(0.2)
        yield


def wait(seconds: float) -> None:
    """Let some seconds pass."""
    time.sleep(seconds)
