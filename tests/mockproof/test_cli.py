from __future__ import annotations

import os
import pty
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import click
import pytest

from conformance.errors import ConformanceError
from mockproof.cli import COMMANDS, main, run
from mockproof.output import colour_choice
from mockserver.errors import MockError
from spec.errors import SpecError

HEAVY = ("connexion", "schemathesis", "hypothesis", "starlette", "uvicorn", "docutils", "httpx", "jsonschema_rs")
COMMAND = [sys.executable, "-m", "mockproof"]


def imported_by(*arguments: str) -> set[str]:
    """Top-level packages that a run of the command imports."""
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "mockproof", *arguments], capture_output=True, text=True, check=True
    )
    lines = [line for line in done.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().partition(".")[0] for line in lines}


def test_help_imports_nothing_heavy() -> None:
    imported = imported_by("--help")
    assert "click" in imported
    assert imported.isdisjoint(HEAVY)


def test_help_of_serve_imports_neither_server_nor_kit() -> None:
    assert imported_by("serve", "--help").isdisjoint({"connexion", "schemathesis", "hypothesis", "uvicorn"})


def test_a_served_mock_never_imports_the_kit() -> None:
    program = (
        "import sys, mockproof.serve_command, mockserver.app, mockserver.server\n"
        "from spec.contract_reader import load_contract\n"
        "from spec.fixtures import load_fixtures\n"
        "contract = load_contract()\n"
        "mockserver.app.create_app(contract, load_fixtures(contract))\n"
        "print(sorted({name.partition('.')[0] for name in sys.modules} & {'schemathesis', 'hypothesis', 'pytest'}))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_summary_is_the_first_sentence_of_the_command(name: str) -> None:
    command = COMMANDS[name].load()
    assert command.name == name
    assert (command.help or "").startswith(COMMANDS[name].summary)


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.partition("Commands:")[2].split("\n")
    assert [line.split()[0] for line in listed if line] == list(COMMANDS)


def test_version_tells_package_and_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith(f"mockproof {metadata.version('mockproof')} (contract: Backup services ")


@pytest.mark.parametrize("error", [SpecError, MockError, ConformanceError])
def test_our_own_errors_are_one_message_and_code_2(
    error: type[SpecError | MockError | ConformanceError], capsys: pytest.CaptureFixture[str]
) -> None:
    @click.command()
    def fail() -> None:
        raise error("the cupboard is bare", hint="buy bread")

    assert run(fail, []) == 2
    told = capsys.readouterr()
    assert told.err == "Error: the cupboard is bare\n  buy bread\n"
    assert told.out == ""


def test_an_unforeseen_error_is_not_hidden_and_judges_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def fail() -> None:
        raise ZeroDivisionError

    assert run(fail, []) == 4
    told = capsys.readouterr().err
    assert "in fail\n" in told
    assert "ZeroDivisionError" in told
    assert "a bug in mockproof" in told


def test_ctrl_c_is_130(capsys: pytest.CaptureFixture[str]) -> None:
    @click.command()
    def wait() -> None:
        raise KeyboardInterrupt

    assert run(wait, []) == 130
    assert "Traceback" not in capsys.readouterr().err


def test_the_number_that_a_command_returns_is_the_exit_code() -> None:
    @click.command()
    def three() -> int:
        return 3

    assert run(three, []) == 3


WRONG = {
    "unknown command": ["bake"],
    "unknown option": ["serve", "--colour"],
    "port out of range": ["serve", "--port", "70000"],
    "no such contract": ["serve", "nowhere.yaml"],
    "no such fixtures": ["serve", "--fixtures", "nowhere"],
    "remote host": ["serve", "--host", "192.0.2.1"],
    "no target": ["verify"],
    "unknown operation": ["contract", "show", "bakeBread"],
}


@pytest.mark.parametrize("arguments", WRONG.values(), ids=WRONG.keys())
def test_wrong_usage_is_code_2_and_a_message(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments) == 2
    told = capsys.readouterr()
    assert "Error: " in told.err
    assert "Traceback" not in told.err
    assert told.out == ""


def test_a_reader_who_goes_away_is_no_crash_and_no_verdict() -> None:
    reading, writing = os.pipe()
    os.close(reading)
    done = subprocess.run(
        [*COMMAND, "contract", "show"], stdout=writing, stderr=subprocess.PIPE, text=True, check=False
    )
    os.close(writing)
    assert done.returncode == 141
    assert done.stderr == ""


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colour_unless_no_color_is_set(
    variables: dict[str, str], coloured: bool, tmp_path: Path
) -> None:
    environ = {name: value for name, value in os.environ.items() if name != "NO_COLOR"} | variables
    ours, theirs = pty.openpty()
    command = [*COMMAND, "serve", str(tmp_path / "nowhere.yaml")]
    done = subprocess.run(command, stderr=theirs, env=environ, check=False)
    told = os.read(ours, 10_000).decode()
    os.close(theirs)
    os.close(ours)
    assert done.returncode == 2
    assert "nowhere.yaml" in told
    assert ("\x1b[" in told) is coloured


def test_an_empty_no_color_counts_as_unset() -> None:
    assert colour_choice({"NO_COLOR": ""}) is None
