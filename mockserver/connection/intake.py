"""Bytes of HTTP/1.1 become requests: the parser is uvicorn's (httptools), what is made of its findings is ours."""

from __future__ import annotations

import logging
import re
from collections import deque
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from mockserver.connection.arrival import Arrival
from mockserver.connection.cycle import Cycle, Line

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from mockserver.passage import Scope

_LOG = logging.getLogger("mockserver")

_METHOD: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]{1,64}) [/*h]")
_KNOWN_METHOD: Final = b"PURGE"
"""Stands for a method that the parser does not know, while it parses the rest."""

_VERSIONS: Final = ("1.1", "1.0")


class Intake(HttpToolsProtocol, Line):
    """The half of a connection that reads: each request whose head is complete becomes a cycle in the queue.

    queue: cycles that wait for their turn. newest: the one whose body may still be coming. is_in_head, is_in_body:
    what the next byte belongs to; with neither it begins a request. extensions: what each scope offers.
    """

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.queue: deque[Cycle] = deque()
        self.newest: Cycle | None = None
        self.is_in_head = False
        self.is_in_body = False
        self.extensions: dict[str, Any] = {}
        self._method = b""
        self._fields: list[tuple[bytes, bytes]] = []

    def scope_of(self, arrival: Arrival) -> Scope:
        """A request in the form that ASGI gives it."""
        path = arrival.path
        return {
            "type": "http",
            "asgi": {"version": self.asgi_version, "spec_version": "2.3"},
            "http_version": arrival.version,
            "server": self.server,
            "client": self.client,
            "scheme": arrival.scheme,
            "root_path": "",
            "method": arrival.method,
            "path": unquote(path) if "%" in path else path,
            "raw_path": path.encode("ascii"),
            "query_string": arrival.query,
            "headers": [(name.lower(), value) for name, value in arrival.fields],
            "state": self.app_state.copy(),
            "extensions": self.extensions.copy(),
        }

    def parse_anyway(self, data: bytes) -> bool:
        """Parse a request whose method the parser did not know: it is one, and for the application to refuse."""
        found = _METHOD.match(data)
        if found is None or self.queue:
            return False
        self._method = found[1]
        self.parser = httptools.HttpRequestParser(self)
        self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
        try:
            self.parser.feed_data(_KNOWN_METHOD + data[found.end(1) :])
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            return False
        return True

    def on_message_begin(self) -> None:
        """A request begins."""
        self.url = b""
        self._fields = []
        self.is_in_head = True

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header field is complete."""
        self._fields.append((name, value))

    def on_headers_complete(self) -> None:
        """The head is complete: a cycle waits for its turn."""
        self.is_in_head = False
        parser, method = self.parser, self._method
        version = parser.get_http_version()
        if version not in _VERSIONS:
            raise httptools.HttpParserError(f"its version is {version}")
        if method:
            self._method = b""
        path, query = _split(self.url)
        # What comes after the body is a trailer, and no part of the head.
        fields, self._fields = tuple(self._fields), []
        arrival = Arrival(
            (method or parser.get_method()).decode("ascii"),
            path,
            query,
            fields,
            version,
            self.scheme or "http",
            self.server,
        )
        if parser.should_upgrade():
            self.scope = self.scope_of(arrival)  # type: ignore[assignment]
            self.headers = self.scope["headers"]  # type: ignore[assignment]
            if self._should_upgrade():
                return
        cycle = self.newest = Cycle(self, arrival, keep_alive=version == "1.1" and parser.should_keep_alive())
        self.queue.append(cycle)

    def on_body(self, body: bytes) -> None:
        """A part of a body."""
        if self.newest is not None and not self.newest.is_complete:
            self.newest.feed(body)

    def on_message_complete(self) -> None:
        """The request is complete."""
        self.is_in_body = False
        if self.newest is not None:
            self.newest.end_body()


def _split(url: bytes) -> tuple[str, bytes]:
    """Path and query of a request target."""
    if url[:1] == b"/" and b"#" not in url:
        path, _, query = url.partition(b"?")
        return path.decode("ascii"), query
    parsed = httptools.parse_url(url)
    return (parsed.path or b"*").decode("ascii"), parsed.query or b""


def told_error(error: httptools.HttpParserError) -> str:
    """What is wrong with a request that the parser, or one of our callbacks, did not take."""
    cause = error.__context__ if isinstance(error, httptools.HttpParserCallbackError) else error
    if isinstance(cause, httptools.HttpParserInvalidURLError | UnicodeError):
        return "the target of the request is no URL"
    if not isinstance(cause, httptools.HttpParserError):
        _LOG.error("a request could not be taken in", exc_info=cause)
    return f"the request is not HTTP/1.1: {str(cause) or 'it cannot be read'}"
