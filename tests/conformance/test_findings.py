"""What the fuzzer says is told in our words, and only as far as it adds something."""

from __future__ import annotations

import pytest

from conformance.fuzzing.findings import words_of

ACCEPTED = (
    "Invalid data should have been rejected\nExpected: 400, 401, 403, 5xx\nInvalid component: Missing `Authorization`"
)
SHAPE = '[] is not of type "object"\n\nValidated against the response schema for status code 200.\n\nSchema:\n\n    {}'
NO_JSON = "Response must be valid JSON:\n\n  Expecting value: line 1 column 1 (char 0)"


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("ST201", ACCEPTED, ""),
        ("ST401", "Expected 401 or 403, got `200 OK` for `GET /trays`", ""),
        ("ST108", SHAPE, '[] is not of type "object"'),
        ("ST109", NO_JSON, "Response must be valid JSON: Expecting value: line 1 column 1 (char 0)"),
        ("plain-schema", "/id: 7 is not of type 'string'", "/id: 7 is not of type 'string'"),
        ("ST101", "", ""),
    ],
)
def test_a_message_loses_what_the_contract_or_we_say_already(code: str, message: str, words: str) -> None:
    assert words_of(code, message) == words


def test_a_long_message_is_cut() -> None:
    told = words_of("ST108", "x" * 5000)
    assert len(told) == 300
    assert told.endswith("…")
