"""Both forms are sound programs that need nothing of ours, whatever a target put into what they tell."""

from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from conformance.reproduction import runtime
from conformance.reproduction.embedding import copied
from conformance.reproduction.python_form import python_text
from conformance.reproduction.script import (
    Call,
    Fill,
    Leave,
    Pause,
    Script,
    Secret,
    Send,
    Take,
    Undo,
    Variable,
    Walk,
    Watch,
    written,
)
from conformance.reproduction.shell_form import shell_text
from conformance.reproduction.verification import run_python, run_shell

NASTY = '\'; touch "$(echo x)" `id` \\ \n""" %s {0} é'
READ = Call("GET", ("/trays/", Variable("id_1", is_quoted=True)), (("authorization", ("Bearer ", Secret("FIRST"))),))
MAKE = Call("POST", ("/trays",), (("content-type", ("application/json",)),), ('{"n": "', Variable("NAME"), NASTY))
SCRIPT = Script(
    requirement="getTray/schema",
    promise="It holds.",
    expected="this",
    seen="that",
    target="http://127.0.0.1:9",
    steps=(
        Send(1, MAKE, "first"),
        Take("id_1", "made_id(got1, None, 'id')"),
        Undo(replace(READ, method="DELETE"), "id_1"),
        Leave(("/trays/", Variable("id_1", is_quoted=True)), "id_1"),
        Fill(READ, "LIST", 3, MAKE, Call("DELETE", ("/trays/", Variable("id_2", is_quoted=True))), None, "id", 2),
        Fill(READ, "LIST", 3, MAKE, None, None, "id", 5),
        Walk(3, READ, "LIST"),
        Pause(0.1),
        Watch(4, READ, "is_there(got4)", 1.0),
    ),
    claim="listed(got3, LIST, id_1) or refused(got4)",
    constants={"LIST": {"envelope": None, "id": "id"}},
    variables=("FIRST",),
)
HOSTILE = replace(SCRIPT, requirement=NASTY, promise=NASTY, expected=NASTY, seen=NASTY, target=NASTY, prefix=NASTY)
UNJUDGED = replace(SCRIPT, claim=None)
TOUCHING = replace(SCRIPT, touches="PUT /trays/1")
KINDS = {"plain": SCRIPT, "hostile": HOSTILE, "eye": UNJUDGED, "touch": TOUCHING}
FORMS = {
    "python": lambda script: run_python(python_text(script), {"FIRST": "x"}),
    "shell": lambda script: run_shell(shell_text(script), {"FIRST": "x"}),
}
SCRIPTS = pytest.mark.parametrize("script", KINDS.values(), ids=KINDS)


@SCRIPTS
def test_python_form_names_nothing_that_it_does_not_have(script: Script, tmp_path: Path) -> None:
    path = tmp_path / "reproducer.py"
    path.write_text(python_text(script), encoding="utf-8")
    checked = subprocess.run(
        [sys.executable, "-m", "ruff", "check", "--isolated", "--select", "F", str(path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


@SCRIPTS
def test_python_form_imports_the_standard_library_alone(script: Script) -> None:
    nodes = ast.walk(ast.parse(python_text(script)))
    names = {name for node in nodes if isinstance(node, (ast.Import, ast.ImportFrom)) for name in _modules(node)}
    assert names <= set(sys.stdlib_module_names)


def _modules(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.ImportFrom):
        return [str(node.module).partition(".")[0]]
    return [one.name.partition(".")[0] for one in node.names]


@SCRIPTS
def test_shell_form_is_sound(script: Script) -> None:
    checked = subprocess.run(["sh", "-n"], input=shell_text(script), capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr


@pytest.mark.parametrize("form", FORMS)
@SCRIPTS
def test_without_a_target_that_answers_nobody_can_say(script: Script, form: str) -> None:
    trial = FORMS[form](script)
    assert (trial.code, "cannot say" in trial.output) == (2, True), trial.output


def test_missing_credential_is_asked_for() -> None:
    for trial in (run_python(python_text(SCRIPT), {"FIRST": ""}), run_shell(shell_text(SCRIPT), {"FIRST": ""})):
        assert trial.code == 2
    assert "FIRST" in run_shell(shell_text(SCRIPT), {"FIRST": ""}).output


def test_what_changes_others_asks_for_leave_first() -> None:
    for trial in (run_python(python_text(TOUCHING), {"FIRST": "x"}), run_shell(shell_text(TOUCHING), {"FIRST": "x"})):
        assert "MOCKPROOF_DISPOSABLE=1" in trial.output
        assert trial.code == 2


def test_only_what_is_used_is_copied() -> None:
    source = copied(["refused(got1)"]).definitions
    assert "def refused" in source
    assert "def right_range" not in source


def test_variable_brings_along_no_function_of_its_name() -> None:
    source = copied(["with_query(got1)"]).definitions
    assert "kept = [" in source
    assert "def kept" not in source


def test_everything_that_can_be_copied_runs_without_the_kit() -> None:
    names = [path.stem for path in Path(str(runtime.__file__)).parent.glob("*.py")]
    sources = [(Path(str(runtime.__file__)).parent / f"{name}.py").read_text() for name in names]
    every = [
        node.name
        for text in sources
        for node in ast.parse(text).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    ]
    found = copied(every)
    assert run_python(f"{found.imports}\n{found.definitions}", {}).code == 0


def test_expressions_are_written_with_double_quotes() -> None:
    assert written("f(got1, 'a', [\"b\", 'c\"d'])") == 'f(got1, "a", ["b", \'c"d\'])'
