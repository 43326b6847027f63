"""What can be wrong with a run that is to go on: its ledger, its target, its contract, its disk, its company."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger import read_ledger
from mockproof.cli import main
from mockproof.run_folder import at_work

CONTRACT = Path(__file__).with_name("tray.yaml")
TOKEN = "canary-5f1d7c"
Resume = Callable[..., tuple[int, str]]


@pytest.fixture
def start(serve: Any, tray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A run of the scenarios against trays, by a declaration; the folder is `run`."""
    monkeypatch.setenv("TRAY_TOKEN", TOKEN)
    shutil.copy(CONTRACT, tmp_path / "tray.yaml")
    declared(tmp_path, serve(tray()))
    given = ["--contract", str(tmp_path / "tray.yaml"), "--declaration", str(tmp_path / "tray.toml")]
    return ["verify", *given, "--tier", "scenarios", "--only", "getTray", "--report-dir", str(tmp_path / "run")]


@pytest.fixture
def resume(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Resume:
    def call(*arguments: str) -> tuple[int, str]:
        capfd.readouterr()
        code = main(["verify", *arguments, "--resume", str(tmp_path / "run")])
        return code, capfd.readouterr().err

    return call


def declared(folder: Path, url: str) -> None:
    (folder / "tray.toml").write_text(f'[target]\nurl = "{url}"\n[identities.owner]\nsteward = "env:TRAY_TOKEN"\n')


def cut(ledger: Path, share: float = 0.5) -> None:
    """Leave only the first part of a ledger, as a kill does: in the middle of a line."""
    content = ledger.read_bytes()
    ledger.write_bytes(content[: content.index(b"\n", int(len(content) * share)) - 5])


def verdicts(ledger: Path) -> dict[str, str]:
    return {line["id"]: line["verdict"] for line in read_ledger(ledger) if line["kind"] == "verdict"}


@pytest.mark.parametrize("share", [0.0, 0.2, 0.6, 0.9])
def test_ledger_that_was_cut_in_a_line_comes_to_the_same_verdicts(
    start: list[str], resume: Resume, tmp_path: Path, share: float
) -> None:
    ledger = tmp_path / "run" / "ledger.ndjson"
    code = main(start)
    wanted = verdicts(ledger)
    cut(ledger, share)
    assert resume()[0] == code
    assert verdicts(ledger) == wanted


def test_run_that_is_over_tells_its_verdict_again_and_asks_for_nothing(
    start: list[str], resume: Resume, tmp_path: Path
) -> None:
    code = main(start)
    before = (tmp_path / "run" / "ledger.ndjson").read_bytes()
    (tmp_path / "run" / "report.json").unlink()
    assert resume()[0] == code
    assert (tmp_path / "run" / "ledger.ndjson").read_bytes() == before
    assert (tmp_path / "run" / "report.json").is_file()


@pytest.mark.parametrize(
    ("place", "flaw"),
    [(20, b"\xff"), (20, b"\x00"), (0, b"["), (3, b"q")],
    ids=["no text", "no character", "no object", "no kind"],
)
def test_broken_byte_in_a_ledger_is_told_with_its_line_and_nothing_is_lost(
    start: list[str], resume: Resume, tmp_path: Path, place: int, flaw: bytes
) -> None:
    ledger = tmp_path / "run" / "ledger.ndjson"
    main(start)
    cut(ledger)
    lines = ledger.read_bytes().split(b"\n")
    lines[4] = lines[4][:place] + flaw + lines[4][place + 1 :]
    ledger.write_bytes(b"\n".join(lines))
    code, told = resume()
    assert code == 2
    assert "ledger.ndjson:5: this is no line of a ledger" in told
    assert ledger.read_bytes() == b"\n".join(lines)


def test_run_does_not_go_on_at_another_target(start: list[str], resume: Resume, tmp_path: Path) -> None:
    main(start)
    cut(tmp_path / "run" / "ledger.ndjson")
    declared(tmp_path, "http://127.0.0.1:9")
    before = (tmp_path / "run" / "ledger.ndjson").read_bytes()
    code, told = resume()
    assert (code, "another target" in told) == (2, True)
    assert (tmp_path / "run" / "ledger.ndjson").read_bytes() == before


def test_run_does_not_go_on_by_another_contract(start: list[str], resume: Resume, tmp_path: Path) -> None:
    main(start)
    cut(tmp_path / "run" / "ledger.ndjson")
    contract = tmp_path / "tray.yaml"
    contract.write_text(contract.read_text().replace("maxLength: 20", "maxLength: 21"))
    assert contract.read_text() != CONTRACT.read_text()
    code, told = resume()
    assert (code, "another contract" in told) == (2, True)


@pytest.mark.parametrize("option", [("http://127.0.0.1:9",), ("--seed", "2"), ("--only", "getTray")])
def test_option_that_would_be_left_aside_is_refused(start: list[str], resume: Resume, option: tuple[str, ...]) -> None:
    main(start)
    code, told = resume(*option)
    assert (code, "does not go with --resume" in told) == (2, True)


def test_one_process_at_a_time_works_on_a_run(start: list[str], resume: Resume, tmp_path: Path) -> None:
    main(start)
    (tmp_path / "run" / "created.ndjson").touch()
    before = (tmp_path / "run" / "ledger.ndjson").read_bytes()
    with at_work(tmp_path / "run"):
        code, told = resume()
        assert (code, "another mockproof works in" in told) == (2, True)
        assert main(start) == 2, "nor does a new run take its place"
        assert main(["clean", str(tmp_path / "run")]) == 2
    assert (tmp_path / "run" / "ledger.ndjson").read_bytes() == before
    assert resume()[0] == 0


def small_disk() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))


def test_full_disk_costs_the_reports_and_not_the_verdict(start: list[str]) -> None:
    command = [sys.executable, "-m", "mockproof", *start]
    # Whoever measures coverage would fail on that disk as well, and complain in the same place.
    plain = {name: value for name, value in os.environ.items() if not name.startswith("COVERAGE_")}
    ended = subprocess.run(command, preexec_fn=small_disk, capture_output=True, text=True, check=False, env=plain)
    assert ended.returncode == 5
    assert "Conclusion: conformant" in ended.stdout
    assert "cannot write" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_folder_that_is_removed_costs_the_reports_and_not_the_verdict(serve: Any, tray: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    given = ["verify", serve(tray()), "--contract", str(CONTRACT), "--auth", TOKEN, "--report-dir", str(folder)]
    command = [sys.executable, "-m", "mockproof", *given, "--max-examples", "2"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        until = time.monotonic() + 60
        while '"source": "check"' not in (text(folder / "ledger.ndjson")):
            assert process.poll() is None, process.communicate()[1]
            assert time.monotonic() < until, "the run never came to its checks"
            time.sleep(0.02)
        shutil.rmtree(folder)
        out, err = process.communicate(timeout=120)
    assert process.returncode == 5
    assert "Conclusion: " in out
    assert "Traceback" not in err


def text(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def test_report_tells_of_every_part(start: list[str], resume: Resume, tmp_path: Path) -> None:
    main(start)
    cut(tmp_path / "run" / "ledger.ndjson")
    resume()
    assert json.loads((tmp_path / "run" / "report.json").read_text())["conclusion"] == "conformant"
    kinds = [line["kind"] for line in read_ledger(tmp_path / "run" / "ledger.ndjson")]
    assert (kinds[0], kinds.count("resumed"), kinds[-1]) == ("run", 1, "end")
