"""Targets that go silent in the middle: nothing is held against them that they were never heard to say."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from conformance.verdict.outcome import Conclusion


class Relay:
    """Passes requests on to another server, and goes away for good when it has passed on so many.

    rude: closes each connection behind an answer, without having said so.
    """

    def __init__(self, url: str, most: int = 10_000, *, rude: bool = False) -> None:
        self._behind = (urlsplit(url).hostname or "", urlsplit(url).port or 0)
        self._left = most
        self._rude = rude
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._pass_on, args=(connection,), daemon=True).start()

    def _pass_on(self, front: socket.socket) -> None:
        with front, contextlib.suppress(OSError), socket.create_connection(self._behind) as back:
            while request := _message(front):
                self._left -= 1
                if self._left < 0:
                    self.close()
                    return
                back.sendall(request)
                answer = _message(back, is_head=request.startswith(b"HEAD"))
                front.sendall(answer)
                if self._rude:
                    return

    def close(self) -> None:
        self._listener.close()


def _message(connection: socket.socket, *, is_head: bool = False) -> bytes:
    """One request or answer with the body that its length tells; nothing where the other side has gone."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return b""
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.split(b":")[1] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    rest = 0 if is_head or not lengths else int(lengths[0]) - len(body)
    while rest > 0:
        piece = connection.recv(65536)
        rest -= len(piece)
        data += piece
    return data


@pytest.fixture
def relay() -> Iterator[Callable[..., str]]:
    """Puts relays before servers; gives their base URLs."""
    opened: list[Relay] = []

    def opening(url: str, most: int = 10_000, *, rude: bool = False) -> str:
        opened.append(Relay(url, most, rude=rude))
        return opened[-1].url

    yield opening
    for one in opened:
        one.close()


PROMISES = (
    *(("page-order", "listTrays"), ("page-links", "listTrays"), ("page-default-size", "listTrays")),
    *(("create-read-back", "createTray"), ("item-in-list", "createTray"), ("update-persists", "updateTray")),
    *(("limit-respected", "listCups"), ("optional-singleton", "getDirtyCup"), ("renew-url", "renewTray")),
)


@pytest.mark.parametrize("most", [3, 20, 40, 55, 70, 85, 100, 115, 130, 160])
def test_target_that_dies_in_the_midst_violates_nothing(
    most: int, verify_tray: Any, promise: Any, serve: Any, tray: Any, relay: Callable[..., str]
) -> None:
    promises = [promise(*one) for one in PROMISES]
    ran = verify_tray(relay(serve(tray()), most), *promises, second=("canary-other-88",))
    assert ran.broken == set()
    assert ran.conclusion is Conclusion.INCONCLUSIVE


def test_target_that_closes_every_connection_unannounced_is_judged_all_the_same(
    verify_tray: Any, promise: Any, serve: Any, tray: Any, relay: Callable[..., str]
) -> None:
    promises = [promise(*one) for one in PROMISES]
    ran = verify_tray(relay(serve(tray()), rude=True), *promises, second=("canary-other-88",))
    assert ran.broken == set()
    lost = [line["id"] for line in ran.ledger.of("exchange") if line["answer"] is None]
    assert len(lost) <= 1  # nobody can know before the first time
    assert {ran.outcome(name) for name in ("page-links", "page-order", "limit-respected")} == {"pass"}


@pytest.mark.parametrize(
    ("fault", "behaviour", "operation"),
    [
        ("overlap", "page-links", "listTrays"),
        ("order", "page-order", "listTrays"),
        ("forget", "item-in-list", "createTray"),
    ],
)
def test_fault_that_was_heard_counts_through_a_relay_too(
    fault: str, behaviour: str, operation: str, verify_tray: Any, promise: Any, serve: Any, tray: Any, relay: Any
) -> None:
    ran = verify_tray(relay(serve(tray(fault))), promise(behaviour, operation))
    assert ran.outcome(behaviour) == "fail"
