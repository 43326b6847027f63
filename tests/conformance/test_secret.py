from __future__ import annotations

import base64
import html
import json
import re
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.exchange import KEPT_CHARACTERS, Answer, Exchange, Request, exchange_line
from conformance.ledger import Ledger
from conformance.secret import Secrets, printable, variable_for

VALUE = "hush/a+b c=="
SECRETS = Secrets({"TRAY_TOKEN": VALUE})


HARD = 'hush/a+b "c&\u00e9=='
SPELLINGS = {
    "plain": HARD,
    "JSON": json.dumps(HARD)[1:-1],
    "JSON that is not ASCII": json.dumps(HARD, ensure_ascii=False)[1:-1],
    "JSON within JSON": json.dumps(json.dumps(HARD))[3:-3],
    "JSON with escaped slashes": json.dumps(HARD).replace("/", "\\/")[1:-1],
    "percent": quote(HARD, safe=""),
    "percent in lower case": re.sub("%..", lambda found: found[0].lower(), quote(HARD)),
    "percent for every byte": "".join(f"%{byte:02X}" for byte in HARD.encode()),
    "percent twice": quote(quote(HARD)),
    "form": quote_plus(HARD),
    "HTML": html.escape(HARD),
    "HTML by number": "".join(f"&#{ord(character)};" for character in HARD),
    "base64": base64.b64encode(HARD.encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(HARD.encode()).decode().rstrip("="),
    "hexadecimal": HARD.encode().hex(),
}


@pytest.mark.parametrize("written", SPELLINGS.values(), ids=SPELLINGS)
def test_secret_is_masked_in_every_spelling(written: str) -> None:
    assert Secrets({"TRAY_TOKEN": HARD}).mask(f"before {written} after") == "before $TRAY_TOKEN after"


@given(
    st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=40),
    st.binary(max_size=7),
    st.binary(max_size=7),
)
def test_what_base64_hides_between_other_bytes_is_masked(value: str, before: bytes, after: bytes) -> None:
    text = base64.b64encode(before + value.encode() + after).decode()
    masked = Secrets({"T": value}).mask(text)
    assert "$T" in masked
    assert len(masked) - len("$T") <= -(-len(before) * 4 // 3) + -(-len(after) * 4 // 3) + 6


@pytest.mark.parametrize("written", SPELLINGS.values(), ids=SPELLINGS)
def test_beginning_of_a_secret_at_the_edge_of_a_message_is_masked(written: str) -> None:
    secrets = Secrets({"TRAY_TOKEN": HARD})
    for length in range(2 * len(written) // 3, len(written)):
        masked = secrets.mask(f"got {written[:length]}...")
        assert masked.startswith("got $TRAY_TOKEN")
        assert len(masked) <= len("got $TRAY_TOKEN...") + 8


WORD = Secrets({"T": "backup"})


def test_a_value_that_is_a_word_takes_no_words_with_it() -> None:
    line = {"kind": "verdict", "id": "backup-starts", "text": "a backup is made", "path": "/v1/backup/backups"}
    assert WORD.mask_all(line) == line


def test_a_value_that_is_a_word_is_masked_where_it_is_a_credential() -> None:
    fields = {"authorization": "Bearer backup", "x-auth-token": "backup", "cookie": "key=backup", "from": "backups"}
    assert WORD.mask_all({"request": {"headers": fields}}) == {
        "request": {
            "headers": {"authorization": "Bearer $T", "x-auth-token": "$T", "cookie": "key=$T", "from": "backups"}
        }
    }
    assert WORD.words == ("T",)


@pytest.mark.parametrize("value", ["e", "test", "admin", "password"])
def test_short_values_and_plain_words_are_told_apart(value: str) -> None:
    assert Secrets({"T": value}).words == ("T",)


@pytest.mark.parametrize("value", ["nimbus-token", "hunter2", "correcthorsebattery"])
def test_what_no_contract_says_is_a_secret(value: str) -> None:
    assert Secrets({"T": value}).words == ()
    assert Secrets({"T": value}).mask(f"a{value}b") == "a$Tb"


def test_secret_that_starts_another_leaves_no_tail() -> None:
    assert Secrets({"A": "abc-123", "B": "abc-123-def"}).mask("abc-123-def abc-123") == "$B $A"


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
