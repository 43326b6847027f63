from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from mockserver.pytest_plugin import workspace_name

RunPytest = Callable[..., str]

HOME = Path(__file__).parents[2]
PAGE = (HOME / "docs" / "testing.md").read_text(encoding="utf-8")
SHELF = HOME / "tests" / "contracts" / "shelf.yaml"
HANDLERS = """
from mockserver.exchange import Refusal
from mockserver.extension import Extension

mock = Extension()

@mock.operation("getHours")
def close(context, answer):
    raise Refusal("unavailable", "closed today")
"""
BLOCKS = re.findall(r"```python\n(.*?)```", PAGE, flags=re.DOTALL)


def test_what_the_guide_shows_is_what_happens(run_pytest: RunPytest) -> None:
    # One module: a fixture that is shown twice is the same, and every test has a name of its own.
    told = run_pytest("-q", test="\n\n".join(BLOCKS))
    assert f"{sum(block.count('def test_') for block in BLOCKS)} passed" in told


def test_each_test_has_a_fresh_workspace_with_a_name_that_tells_of_it(run_pytest: RunPytest, url: str) -> None:
    run_pytest(
        "--mock-url",
        url,
        test="""
import httpx

def test_a(mockproof):
    assert mockproof.name.startswith("test-a-")
    httpx.get(mockproof.url + "/v1/backup_instances")

def test_b(mockproof):
    assert mockproof.journal.list() == []
""",
    )


def test_a_contract_and_its_world_are_found_beside_the_ini_file(run_pytest: RunPytest, tmp_path: Path) -> None:
    (tmp_path / "shelf.yaml").write_bytes(SHELF.read_bytes())
    (tmp_path / "world").symlink_to(SHELF.with_suffix(""))
    run_pytest(
        ini="mockproof_contract = shelf.yaml\nmockproof_fixtures = world\n",
        test="def test_it(mockproof_asgi):\n    assert mockproof_asgi.state.count()['shelf'] > 0\n",
    )


def test_a_contract_without_a_world_starts_empty_and_may_have_handlers(run_pytest: RunPytest, tmp_path: Path) -> None:
    (tmp_path / "answers.py").write_text(HANDLERS, encoding="utf-8")
    run_pytest(
        ini=f"mockproof_contract = {SHELF}\nmockproof_handlers = answers.py\n",
        test="""
def test_it(mockproof_asgi):
    assert mockproof_asgi.state.count()["shelf"] == 0
    assert mockproof_asgi.admin.http.get("/hours").json()["detail"] == "closed today"
""",
    )


def test_a_contract_that_is_not_there_is_told_without_a_traceback(run_pytest: RunPytest) -> None:
    told = run_pytest(ini="mockproof_contract = missing.yaml\n", test="def test_it(mockproof): ...\n", passes=False)
    assert "missing.yaml" in told
    assert "Traceback" not in told


def test_a_mock_that_runs_already_is_used(run_pytest: RunPytest, url: str) -> None:
    test = "def test_it(mockproof):\n    assert mockproof.base_url == {!r}\n    mockproof.clock.advance(1)\n"
    run_pytest("--mock-url", f"{url}/", test=test.format(url))


def test_a_mock_that_asks_for_a_token_gets_it(run_pytest: RunPytest, guarded_url: str) -> None:
    test = "def test_it(mockproof):\n    mockproof.clock.advance(1)\n"
    run_pytest("--mock-url", guarded_url, "--mock-admin-token", "sesame", test=test)
    assert "answered with 401" in run_pytest("--mock-url", guarded_url, test=test, passes=False)


def test_a_mock_that_does_not_answer_is_told_with_what_to_do(run_pytest: RunPytest) -> None:
    told = run_pytest("--mock-url", "http://127.0.0.1:9", test="def test_it(mockproof): ...\n", passes=False)
    assert "no mock answers at http://127.0.0.1:9" in told
    assert "mockproof serve" in told
    assert "Traceback" not in told


def test_a_failure_is_shown_with_the_requests_of_the_test(run_pytest: RunPytest, url: str) -> None:
    told = run_pytest(
        "--mock-url",
        url,
        test="""
import httpx

def test_it(mockproof):
    assert httpx.get(mockproof.url + "/v1/backup_instances").status_code == 200
""",
        passes=False,
    )
    assert "mockproof journal" in told
    assert "401  GET /v1/backup_instances  listBackupInstances" in told


def test_a_failure_of_something_else_shows_no_journal(run_pytest: RunPytest) -> None:
    assert "journal" not in run_pytest(test="def test_it():\n    raise ValueError('other')\n", passes=False)


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    asked = "import sys, pytest; before = set(sys.modules); import mockserver.pytest_plugin"
    command = [sys.executable, "-c", f"{asked}; print(*(set(sys.modules) - before))"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True, timeout=60)
    loaded = {name for name in done.stdout.split() if not name.startswith("mockserver")}
    assert not {name for name in loaded if name.partition(".")[0] not in sys.stdlib_module_names}


@pytest.mark.parametrize("test", ["tests/test_it.py::test_it[a/b c]", "test_it.py::" + "x" * 300, "x::[é]"])
def test_a_workspaces_name_is_one_that_the_mock_takes(test: str) -> None:
    name = workspace_name(test, is_shared=False)
    assert re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", name)
    assert name == workspace_name(test, is_shared=False)
    assert name != workspace_name(test, is_shared=True)
