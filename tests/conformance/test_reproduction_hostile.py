"""A target cannot make a reproducer do or show what it likes, whatever it answers."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from conformance.reproduction.python_form import python_text
from conformance.reproduction.script import Call, Fill, Script, Secret, Send, Take, Undo, Variable, Walk
from conformance.reproduction.shell_form import shell_text
from conformance.reproduction.verification import Trial, run_python, run_shell

MARK = "struck"
"""A file that is made if anything of what follows is ever run."""
STRIKES = (f"$(touch {MARK})", f"`touch {MARK}`", f"'; touch {MARK}; '", f'"; touch {MARK}; "', f"\n touch {MARK}\n")
NASTY = "".join(STRIKES) + "* got9 __import__ \\033[31m \x1b]0;title\x07 %s {0} ''' \"\"\" \u202e é"
TOKEN = "canary-7c1f"
ASKING = (("authorization", ("Bearer ", Secret("FIRST"))),)
MAKE = Call("POST", ("/trays",), (*ASKING, ("content-type", ("text/plain",))), ("a=", Variable("NAME")))
LISTING = Call("GET", ("/trays",), ASKING)


def undo_of(name: str) -> Call:
    return Call("DELETE", ("/trays/", Variable(name, is_quoted=True)), ASKING)


SCRIPT = Script(
    requirement="getTray/read-by-id",
    promise="It holds.",
    expected=NASTY,
    seen=NASTY,
    target="http://127.0.0.1:9",
    steps=(
        Send(1, MAKE, NASTY),
        Take("id_1", "made_id(got1, None, 'id')"),
        Undo(undo_of("id_1"), "id_1"),
        Fill(LISTING, "LIST", 4, MAKE, undo_of("id_2"), None, "id", 2),
        Walk(3, LISTING, "LIST"),
        Take("id_4", f"listed_id(got3, LIST, {NASTY!r}, 0)"),
        Send(5, Call("GET", ("/trays/", Variable("id_4", is_quoted=True)), ASKING)),
    ),
    claim="is_item(got5, None, 'id', 'another')",
    constants={"LIST": {"envelope": None, "id": "id", "told": NASTY}},
    variables=("FIRST",),
)
FORMS = {"python": (python_text, run_python), "shell": (shell_text, run_shell)}


class Hostile(BaseHTTPRequestHandler):
    """Answers everything with what is nasty; deletes nothing."""

    size = 0
    paths: list[str]

    def do_GET(self) -> None:
        """A list whose next page is nasty, too, or an item."""
        type(self).paths.append(self.path)
        self.rfile.read(int(self.headers.get("content-length") or 0))
        is_list = self.command == "GET" and self.path.partition("?")[0] == "/trays"
        item = {"id": NASTY, "name": NASTY}
        body = b" " * self.size + json.dumps([item] if is_list else item).encode()
        self.send_response(500 if self.command == "DELETE" else 200)
        self.send_header("content-length", str(len(body)))
        self.send_header("content-type", "application/json")
        self.send_header("link", f'</trays?page=$(touch${{IFS}}{MARK})`touch${{IFS}}{MARK}`>; rel="next"')
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_DELETE = do_GET  # noqa: N815  names that the base class calls

    def log_message(self, *_: object) -> None:  # type: ignore[override]
        """Nobody reads it."""


@pytest.fixture
def handler() -> Iterator[tuple[type[Hostile], str]]:
    class Own(Hostile):
        paths: list[str] = []  # noqa: RUF012  one list for each server

    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield Own, f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


def tried(form: str, script: Script, url: str) -> Trial:
    write, run = FORMS[form]
    return run(write(script), {"FIRST": TOKEN, "MOCKPROOF_TARGET": url}, 30.0)


@pytest.mark.parametrize("form", FORMS)
def test_answers_are_neither_run_nor_shown_raw_nor_taken_apart(
    form: str, handler: tuple[type[Hostile], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    trial = tried(form, SCRIPT, handler[1])
    assert trial.code == 1, trial.output
    assert not list(tmp_path.iterdir())
    assert all(one.isprintable() for line in trial.output.splitlines() for one in line), trial.output
    assert TOKEN not in trial.output
    asked = {path for path in handler[0].paths if path.startswith("/trays/")}
    assert len(asked) == 1, "an id that is taken apart could be that of another thing"
    assert set(trial.left) == asked
    # Nothing can be deleted there: neither what was made first, nor the two that the list lacked.
    assert len(trial.left) == 3


@pytest.mark.parametrize("form", FORMS)
def test_answer_that_never_ends_is_not_kept(form: str, handler: tuple[type[Hostile], str]) -> None:
    handler[0].size = 1 << 27
    trial = tried(form, replace(SCRIPT, steps=SCRIPT.steps[-1:], claim="is_there(got5)"), handler[1])
    assert (trial.code, "cannot say" in trial.output) == (2, True), trial.output


def test_credential_is_in_no_argument_of_a_program() -> None:
    story = shell_text(SCRIPT)
    assert [line.strip() for line in story.splitlines() if re.search(r"\bcurl\b.*(FIRST|\$fields)", line)] == []
