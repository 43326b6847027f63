from __future__ import annotations

import base64
import json
from urllib.parse import quote

import pytest

from conformance.exchange import KEPT_CHARACTERS, Answer, Exchange, Request, exchange_line
from conformance.ledger import Ledger
from conformance.secret import Secrets, printable, variable_for

VALUE = "hush/a+b c=="
SECRETS = Secrets({"TRAY_TOKEN": VALUE})


@pytest.mark.parametrize(
    "written", [VALUE, quote(VALUE, safe=""), base64.b64encode(VALUE.encode()).decode()], ids=["plain", "url", "base64"]
)
def test_secret_is_masked_in_every_form(written: str) -> None:
    assert SECRETS.mask(f"before {written} after") == "before $TRAY_TOKEN after"


def test_secret_that_starts_another_leaves_no_tail() -> None:
    assert Secrets({"A": "abc", "B": "abcdef"}).mask("abcdef abc") == "$B $A"


def test_secret_is_masked_deep_down_and_in_keys() -> None:
    masked = SECRETS.mask_all({VALUE: [{"x": f"<{VALUE}>"}], "n": 1})
    assert masked == {"$TRAY_TOKEN": [{"x": "<$TRAY_TOKEN>"}], "n": 1}


def test_telling_fields_are_masked_whoever_wrote_them() -> None:
    assert "s3" not in Secrets().mask('{"password": "s3", "access_token":"s3\\"s3", "client_secret": "s3"}')


def test_ledger_line_holds_no_secret_even_at_the_edge_of_a_cut() -> None:
    body = b"x" * (KEPT_CHARACTERS - 5) + VALUE.encode() + b"y" * 100
    exchange = Exchange("1", "getTray", Request("GET", "/", {"authorization": VALUE}), Answer(200, {}, body))
    line = Ledger(SECRETS).add("exchange", **exchange_line(exchange, SECRETS))
    assert VALUE[:4] not in json.dumps(line)


def test_control_characters_do_not_reach_a_terminal() -> None:
    assert printable("a\x1b[31mb\x00c\u202ed\ne") == "a\\x1b[31mb\\x00c\\u202ed\ne"


@pytest.mark.parametrize(
    ("scheme", "name"),
    [("coverKey", "MOCKPROOF_AUTH_COVER_KEY"), ("*", "MOCKPROOF_AUTH_ALL"), ("a-b", "MOCKPROOF_AUTH_A_B")],
)
def test_variable_is_named_after_its_scheme(scheme: str, name: str) -> None:
    assert variable_for(scheme) == name
