"""A reproducer is run twice, in a process of its own, within its time."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.reproduction.naming import file_names, reproducer_files
from conformance.reproduction.verification import Budget, Status, run_python, run_shell, verify_twice

TIME = Budget(60.0, lambda: 0.0)
ALTERNATING = """
import os, pathlib, sys
path = pathlib.Path(os.environ["MARK"])
was_there = path.exists()
path.touch()
sys.exit(0 if was_there else 1)
"""
ENDLESS = """
import time
try:
    time.sleep(60)
except KeyboardInterrupt:
    print("left behind: /trays/9")
"""


@pytest.mark.parametrize(
    ("text", "status"),
    [
        ("raise SystemExit(1)", Status.CONFIRMED),
        ("raise SystemExit(0)", Status.STATE_DEPENDENT),
        ("raise SystemExit(2)", Status.STATE_DEPENDENT),
    ],
)
def test_status_tells_how_often_the_fault_was_seen(text: str, status: Status) -> None:
    assert verify_twice(text, {}, TIME).status is status


def test_fault_that_is_seen_once_is_flaky(tmp_path: Path) -> None:
    assert verify_twice(ALTERNATING, {"MARK": str(tmp_path / "mark")}, TIME).status is Status.FLAKY


def test_nothing_is_run_when_the_time_is_over(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    assert verify_twice(ALTERNATING, {"MARK": str(mark)}, Budget(60.0, lambda: 60.0)).status is Status.UNVERIFIED
    assert not mark.exists()


def test_what_takes_too_long_is_ended_so_that_it_can_clean_up() -> None:
    trial = run_python(ENDLESS, {}, 2.0)
    assert (trial.code, trial.left) == (None, ("/trays/9",))


def test_what_is_left_behind_is_told() -> None:
    assert verify_twice('print("left behind: /trays/9")', {}, TIME).left == ("/trays/9", "/trays/9")


def test_python_form_finds_nothing_but_the_standard_library() -> None:
    assert "ModuleNotFoundError" in run_python("import httpx", {}).output


def test_shell_form_ends_with_its_own_exit_code() -> None:
    assert run_shell("exit 1", {}).code == 1


def test_no_two_requirements_share_a_file() -> None:
    lines = [
        {"kind": "reproduction", "requirement": name, "shell": f"sh {name}", "pytest": f"py {name}"}
        for name in ("a/b", "a-b", "A.b", "../..", "a/b")
    ]
    names = [path for paths in file_names(lines).values() for path in paths.values()]
    assert len({name.lower() for name in names}) == len(names) == 8
    assert all(re.fullmatch(r"reproducers/[A-Za-z0-9_-]+\.(sh|py)", name) for name in names)
    assert set(reproducer_files(lines).values()) == {line[form] for line in lines for form in ("shell", "pytest")}
