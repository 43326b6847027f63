from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bench.errors import BenchError
from bench.load import is_whole, press

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    ("received", "whole"),
    [
        (b"HTTP/1.1 200 OK\r\n", False),
        (HEAD, False),
        (HEAD + b"hell", False),
        (HEAD + b"hello", True),
        (CHUNKED + b"5\r\nhello\r\n", False),
        (CHUNKED + b"5\r\nhello\r\n0\r\n\r\n", True),
        (CHUNKED + b"0\r\n\r\n", True),
    ],
)
def test_an_answer_is_whole_when_its_last_byte_is_there(received: bytes, whole: bool) -> None:
    assert is_whole(received) is whole


def test_a_length_in_the_body_is_not_the_length_of_the_answer() -> None:
    assert not is_whole(CHUNKED + b"18\r\n\r\ncontent-length: 0\r\n\r\n")


def test_every_request_that_is_sent_is_answered_and_counted() -> None:
    with _serving([b"HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno", HEAD + b"hello"]) as port:
        load = press(port, b"GET / HTTP/1.1\r\n\r\n", seconds=0.05, connections=1)
    # A server that alternates answers every second request otherwise; the last one may be of either kind.
    assert load.answers == sum(load.statuses.values()) >= 1
    assert abs(load.statuses.get(503, 0) - load.statuses.get(200, 0)) <= 1


def test_an_answer_in_two_pieces_counts_once() -> None:
    with _serving([HEAD + b"hello"], pieces=2) as port:
        load = press(port, b"GET / HTTP/1.1\r\n\r\n", seconds=0.02, connections=2)
    assert set(load.statuses) == {200}


def test_a_server_that_hangs_up_is_told() -> None:
    with _serving([]) as port, pytest.raises(BenchError, match="closed a connection"):
        press(port, b"GET / HTTP/1.1\r\n\r\n", seconds=0.05, connections=1)


@contextmanager
def _serving(answers: list[bytes], pieces: int = 1) -> Iterator[int]:
    """A server on a free port that gives these answers in turn, and hangs up if it has none."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_accept, args=(listener, answers, pieces), daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, answers: list[bytes], pieces: int) -> None:
    while True:
        try:
            connection, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_answer, args=(connection, answers, pieces), daemon=True).start()


def _answer(connection: socket.socket, answers: list[bytes], pieces: int) -> None:
    with connection:
        number = 0
        while connection.recv(65_536) and answers:
            answer = answers[number % len(answers)]
            middle = len(answer) // 2 if pieces == 2 else len(answer)
            for piece in filter(None, (answer[:middle], answer[middle:])):
                connection.sendall(piece)
            number += 1
