"""The fuzzer's transport: every request of its process goes through here, whoever opened the session.

It keeps the pace, waits when the target asks for it, asks a GET again that ended in 503, and cuts what is too large.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from conformance.exchange.limit import excess_of
from conformance.manners.pacing import RETRIES, Pace, asked_to_wait

_PIECE = 64 * 1024
_PATIENT_TRIES = 5


@dataclass(slots=True)
class GentleAdapter:
    """Stands before the adapter of requests.

    flaky: called with the path of a GET that succeeded only when it was repeated. spent: called when the target
    asks for more patience than there is. resting: called after each wait, so that no watchdog counts it.
    """

    pace: Pace
    flaky: Callable[[str, int], None]
    spent: Callable[[str], None]
    resting: Callable[[], None]

    def install(self) -> None:
        """Let every session of this process go through here."""
        plain = HTTPAdapter.send

        def send(adapter: HTTPAdapter, request: requests.PreparedRequest, **options: Any) -> requests.Response:
            return self._patient(lambda: plain(adapter, request, **{**options, "stream": True}), request)

        begin = requests.Session.__init__

        def begun(session: requests.Session) -> None:
            begin(session)
            # Like the kit's own client: no proxy, no netrc; looked for in each request, they cost a sixth of it.
            session.trust_env = False

        requests.Session.__init__ = begun  # type: ignore[method-assign, assignment]
        HTTPAdapter.send = send  # type: ignore[method-assign, assignment]  # this process belongs to the fuzzer

    def _patient(self, send: Callable[[], requests.Response], request: requests.PreparedRequest) -> requests.Response:
        safe, retries, waits = request.method in ("GET", "HEAD"), 0, 0
        while True:
            self.pace.await_turn()
            response = send()
            headers = {name.lower(): value for name, value in response.headers.items()}
            wait = asked_to_wait(response.status_code, headers)
            if wait is not None and waits < _PATIENT_TRIES and (safe or response.status_code == 429):
                waits += 1
                response.close()
                if not self.pace.grant(wait):
                    self.spent(f"the target asks to wait {wait:g} s more (status {response.status_code})")
                self.resting()
            elif wait is None and response.status_code == 503 and safe and retries < RETRIES:
                retries += 1
                response.close()
            else:
                break
        if retries and response.status_code != 503:
            self.flaky(str(request.path_url), retries)
        _read(response)
        return response


def _read(response: requests.Response) -> None:
    """Read the body with a limit on its size, unless it is a stream of events, which may have no end."""
    if "event-stream" in response.headers.get("content-type", ""):
        return
    body = bytearray()
    for piece in response.iter_content(_PIECE):
        body += piece
        excess = excess_of(len(body), response.raw.tell())
        if excess is not None:
            response.close()
            raise requests.exceptions.ContentDecodingError(excess)
    response._content = bytes(body)  # noqa: SLF001  where requests keeps a body that was read
