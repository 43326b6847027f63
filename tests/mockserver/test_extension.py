"""Answers by hand: in place of the built-in ones, or around them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.errors import ExtensionError
from mockserver.exchange import Context, Handler, Refusal, Reply
from mockserver.extension import Extension, load_extensions
from spec.contract import Contract
from spec.fixtures import Fixtures

TOKEN = {"authorization": "Bearer lib-token"}


def test_a_function_answers_in_place_of_the_mock(shelf: Contract, library: Fixtures, ask: Any) -> None:
    mock = Extension()

    @mock.operation("getShelf")
    def get_shelf(context: Context, _answer: Handler) -> Reply:
        raise Refusal("conflict", f"shelf {context.path['shelf_id']} is being painted")

    app = create_app(shelf, library, extensions=[mock])
    assert ask(app, "GET", "/shelves/1", headers=TOKEN).status == 409
    assert ask(app, "GET", "/shelves", headers=TOKEN).status == 200


def test_a_function_changes_what_the_mock_would_have_answered(shelf: Contract, library: Fixtures, ask: Any) -> None:
    first, second = Extension(), Extension()

    @first.operation("getShelf")
    def rename(context: Context, answer: Handler) -> Reply:
        reply = answer(context)
        return Reply(reply.status, {**reply.body, "name": "painted"}, reply.media_type)

    @second.operation("getShelf")
    def shout(context: Context, answer: Handler) -> Reply:
        reply = answer(context)
        return Reply(reply.status, {**reply.body, "name": reply.body["name"].upper()}, reply.media_type)

    answer = ask(create_app(shelf, library, extensions=[first, second]), "GET", "/shelves/1", headers=TOKEN)
    assert answer.json["name"] == "PAINTED"


def test_an_answer_by_hand_is_held_against_the_contract(shelf: Contract, library: Fixtures, ask: Any) -> None:
    mock = Extension()

    @mock.operation("getShelf")
    def get_shelf(_context: Context, _answer: Handler) -> Reply:
        return Reply(200, {"name": 5})

    answer = ask(create_app(shelf, library, extensions=[mock]), "GET", "/shelves/1", headers=TOKEN)
    assert answer.status == 500
    assert b"broken its contract" in answer.body


def test_what_is_no_reply_costs_one_request(shelf: Contract, library: Fixtures, ask: Any) -> None:
    mock = Extension()

    @mock.operation("getShelf")
    def get_shelf(_context: Context, _answer: Handler) -> Any:
        return {"id": 1}

    app = create_app(shelf, library, extensions=[mock])
    assert ask(app, "GET", "/shelves/1", headers=TOKEN).status == 500
    assert ask(app, "GET", "/shelves", headers=TOKEN).status == 200


def test_an_operation_that_is_not_there_is_told_with_those_that_are(shelf: Contract, library: Fixtures) -> None:
    mock = Extension()
    mock.operation("paintShelf")(lambda context, answer: answer(context))
    with pytest.raises(ExtensionError, match="paintShelf") as caught:
        create_app(shelf, library, extensions=[mock])
    assert "getShelf" in str(caught.value)


def test_two_functions_for_one_operation_are_one_too_many() -> None:
    mock = Extension()
    mock.operation("getShelf")(lambda context, answer: answer(context))
    with pytest.raises(ExtensionError, match="twice"):
        mock.operation("getShelf")


def test_three_lines_in_a_file_are_enough(shelf: Contract, library: Fixtures, ask: Any, tmp_path: Path) -> None:
    path = tmp_path / "handlers.py"
    path.write_text(
        "from mockserver.exchange import Reply\n"
        "from mockserver.extension import Extension\n"
        "mock = Extension()\n"
        '@mock.operation("getShelf")\n'
        "def get_shelf(context, answer):\n"
        '    return Reply(200, {**answer(context).body, "name": "by hand"})\n'
    )
    answer = ask(create_app(shelf, library, extensions=load_extensions(path)), "GET", "/shelves/1", headers=TOKEN)
    assert answer.json["name"] == "by hand"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (None, "no such file"),
        ("x = 1\n", "makes no Extension"),
        ("x = (\n", "SyntaxError"),
        ("\n\nraise ValueError('on purpose')\n", "handlers.py:3: the file fails: ValueError: on purpose"),
        ("import a_module_that_nobody_has\n", "ModuleNotFoundError"),
    ],
    ids=["missing", "empty", "broken", "raising", "importing"],
)
def test_a_file_that_cannot_be_used_is_told(tmp_path: Path, text: str | None, told: str) -> None:
    path = tmp_path / "handlers.py"
    if text is not None:
        path.write_text(text)
    with pytest.raises(ExtensionError) as caught:
        load_extensions(path)
    assert told in str(caught.value)
