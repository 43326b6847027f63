"""An answer that the client does not take is refused before anything happens."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.exchange import Refusal
from mockserver.judgement.acceptance import Acceptance
from spec.contract_reader import contract_from


def acceptance(*offers: str) -> Acceptance:
    answer: dict[str, Any] = {"description": "OK", "content": {offer: {} for offer in offers}}
    operation = {"operationId": "a", "responses": {"200": answer}}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"get": operation}}}
    return Acceptance(contract_from(document).operations[0])


@pytest.mark.parametrize(
    ("offer", "accept"),
    [
        ("application/json", None),
        ("application/json", ""),
        ("application/json", "*/*"),
        ("application/json", "*"),
        ("application/json", "application/*"),
        ("application/json", "Application/JSON; charset=utf-8"),
        ("application/json", "text/html, application/json;q=0.1"),
        ("application/json", "text/html;q=0, */*"),
        ("application/json; charset=utf-8", "application/json"),
        ("application/json", "nonsense"),
        ("application/json", "application/json;q=high"),
        ("*/*", "image/png"),
        ("image/*", "image/png"),
    ],
)
def test_what_the_client_takes_is_answered(offer: str, accept: str | None) -> None:
    assert acceptance(offer).check(accept) is None


@pytest.mark.parametrize(
    ("offer", "accept"),
    [
        ("application/json", "text/html"),
        ("application/json", "text/*, image/png"),
        ("application/json", "application/json;q=0"),
        ("application/json", "application/json;q=0, */*"),
        ("application/json", "*/*;q=0"),
        ("image/*", "text/html"),
        ("*/*", "*/*;q=0"),
    ],
)
def test_what_the_client_does_not_take_is_refused(offer: str, accept: str) -> None:
    with pytest.raises(Refusal) as caught:
        acceptance(offer).check(accept)
    assert caught.value.reason == "not-acceptable"
    assert offer in caught.value.detail


def test_one_of_several_is_enough() -> None:
    assert acceptance("application/json", "text/csv").check("text/csv") is None


def test_an_operation_that_answers_nothing_takes_any_client() -> None:
    assert acceptance().check("text/html") is None
