from __future__ import annotations

import json
from typing import Any

import click
import pytest

from mockproof.request_log import JsonLog, TextLog
from mockserver.exchange import Address, Answer, Violation
from mockserver.passage import Passage


def passage(path: str = "/things", query: bytes = b"") -> Passage:
    return Passage("GET", path, query, {}, Address("http://a", path), "r-1")


REFUSED = Answer(422, b"", None, (), "refused", tuple(Violation("query", f"p{n}", "type", "is odd") for n in range(5)))


@pytest.fixture
def lines() -> list[str]:
    return []


def test_a_line_tells_status_path_reason_and_time(lines: list[str]) -> None:
    TextLog(lines.append)(passage(), Answer(200, b"", None), 0.00123)
    told = click.unstyle(lines[0]).split("  ", 1)[1]
    assert told == "200  GET /things  -, state  1.2 ms"


def test_what_was_wrong_stands_under_the_line_but_not_all_of_it(lines: list[str]) -> None:
    TextLog(lines.append)(passage(), REFUSED, 0)
    told = [line.strip() for line in click.unstyle(lines[0]).splitlines()[1:]]
    assert told == ["query p0: is odd", "query p1: is odd", "query p2: is odd", "and 2 more"]


def test_a_line_obeys_no_request_and_tells_no_query(lines: list[str]) -> None:
    TextLog(lines.append)(passage("/a\x1b[31m\nb", b"token=secret"), Answer(404, b"", None), 0)
    assert "\n" not in click.unstyle(lines[0])
    assert "/a?[31m?b" in lines[0]
    assert "secret" not in lines[0]


def test_a_json_line_holds_everything(lines: list[str]) -> None:
    JsonLog(lines.append)(passage(), REFUSED, 0.5)
    told: dict[str, Any] = json.loads(lines[0])
    assert (told["status"], told["id"], told["milliseconds"]) == (422, "r-1", 500.0)
    assert told["violations"][4] == {"in": "query", "pointer": "p4", "keyword": "type", "message": "is odd"}
