"""`mockproof verify` as its user meets it: arguments, exit codes, reports, signals."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.ledger import read_ledger
from conformance.reporting.report import report_document
from mockproof.cli import main
from spec.contract_reader import load_contract
from spec.requirements import load_requirements

CONTRACT = Path(__file__).with_name("tray.yaml")
TOKEN = "canary-5f1d7c"
Verify = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _own_folder(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs without a --report-dir leave their files in the folder that they are started in."""
    monkeypatch.chdir(tmp_path_factory.mktemp("cwd"))


@pytest.fixture
def verify(capfd: pytest.CaptureFixture[str]) -> Verify:
    def call(*arguments: str) -> tuple[int, str, str]:
        code = main(["verify", "--contract", str(CONTRACT), "--max-examples", "3", *arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_right_target_exits_with_0_and_a_summary(verify: Verify, serve: Any, tray: Any) -> None:
    code, out, _ = verify(serve(tray()), "--auth", f"steward={TOKEN}")
    assert code == 0
    assert "Conclusion: conformant" in out


def test_broken_answer_exits_with_1_and_reports_say_which_requirement(
    verify: Verify, serve: Any, tray: Any, tmp_path: Path
) -> None:
    code, _, _ = verify(
        serve(tray("shape")), "--auth", TOKEN, "--only", "getTray", "--report-dir", str(tmp_path / "out")
    )
    assert code == 1
    files = {path.name for path in (tmp_path / "out").rglob("*")}
    assert files >= {"junit.xml", "ledger.ndjson", "report.json", "run.json"}
    report = json.loads((tmp_path / "out" / "report.json").read_text())
    assert [entry["id"] for entry in report["requirements"] if entry["verdict"] == "fail"] == ["getTray/schema"]
    cases = ET.parse(tmp_path / "out" / "junit.xml").iter("testcase")  # noqa: S314  our own file
    assert [case.get("name") for case in cases if case.find("failure") is not None] == ["getTray/schema"]
    assert report_document(read_ledger(tmp_path / "out" / "ledger.ndjson")) == report
    assert [
        path.name for path in (tmp_path / "out").rglob("*") if path.is_file() and "canary" in path.read_text()
    ] == []


def test_reports_have_one_entry_for_each_requirement(verify: Verify, tmp_path: Path) -> None:
    code, _, _ = verify("http://127.0.0.1:9", "--report-dir", str(tmp_path))
    assert code == 3
    wanted = [requirement.id for requirement in load_requirements(load_contract(CONTRACT), "given")]
    report = json.loads((tmp_path / "report.json").read_text())
    assert [entry["id"] for entry in report["requirements"]] == wanted
    assert [case.get("name") for case in ET.parse(tmp_path / "junit.xml").iter("testcase")] == wanted  # noqa: S314


def test_json_prints_one_object_and_nothing_else(verify: Verify) -> None:
    code, out, err = verify("http://127.0.0.1:9", "--json")
    assert json.loads(out)["conclusion"] == "inconclusive"
    assert (code, out.count("\n"), "conclusion" in err) == (3, 1, False)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ((), "URL"),
        (("ftp://x",), "ftp"),
        (("http://x", "--only", "getTrey"), "getTray"),
        (("http://x", "--skip", "nothing"), "nothing"),
        (("http://x", "--auth", "butler=hush"), "butler"),
        (("http://x", "--auth", "steward=env:MOCKPROOF_NOT_SET"), "MOCKPROOF_NOT_SET"),
        (("http://x", "--seed", "x"), "--seed"),
        (("http://x", "--shard", "9/8"), "9/8"),
        (("http://x", "--tier", "fuss"), "fuss"),
        (("--resume", "nothing"), "there is no run 'nothing'"),
    ],
)
def test_usage_error_exits_with_2_and_names_what_is_wrong(
    verify: Verify, arguments: tuple[str, ...], named: str
) -> None:
    code, out, err = verify(*arguments)
    assert (code, out) == (2, "")
    assert named in err
    assert "Traceback" not in err


def test_declaration_serves_url_and_credential(
    verify: Verify, serve: Any, tray: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAY_TOKEN", TOKEN)
    path = tmp_path / "mockproof.toml"
    path.write_text(f'[target]\nurl = "{serve(tray())}"\n[identities.owner]\nsteward = "env:TRAY_TOKEN"\n')
    code, out, err = verify("--declaration", str(path), "--only", "getTray", "--only", "listTrays")
    assert code == 0
    assert "canary" not in out + err


def test_declaration_of_the_folder_is_read_without_being_named(
    verify: Verify, serve: Any, tray: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRAY_TOKEN", TOKEN)
    text = f'[target]\nurl = "{serve(tray())}"\n[identities.owner]\nsteward = "env:TRAY_TOKEN"\n'
    Path("mockproof.toml").write_text(text)
    code, out, _ = verify("--tier", "preflight")
    assert (code, "Conclusion: ready" in out) == (0, True)


def test_run_without_a_folder_has_one_of_its_own_that_git_ignores(verify: Verify) -> None:
    _, _, err = verify("http://127.0.0.1:9")
    (folder,) = Path(".mockproof/runs").iterdir()
    assert f"run folder: {folder}" in err
    assert (folder / "report.json").is_file()
    assert Path(".mockproof/.gitignore").read_text() == "*\n"


def test_shard_without_an_operation_has_nothing_to_judge(verify: Verify) -> None:
    ended = [verify("http://127.0.0.1:9", "--shard", f"{number}/8")[0] for number in range(1, 9)]
    assert sorted(ended) == [0, 0, 0, 0, 0, 0, 0, 3]


def test_shard_without_an_operation_can_be_merged_like_any_other(
    verify: Verify, serve: Any, tray: Any, tmp_path: Path
) -> None:
    url, folders = serve(tray()), [str(tmp_path / f"shard-{number}") for number in range(1, 4)]
    said = ["--only", "listTrays", "--tier", "scenarios", "--auth", f"steward={TOKEN}"]
    for number, folder in enumerate(folders, 1):
        assert verify(url, *said, "--shard", f"{number}/3", "--report-dir", folder)[0] == 0
    assert main(["report", "merge", *folders, "--output", str(tmp_path / "whole")]) == 0
    conclusions = [json.loads((Path(folder) / "report.json").read_text())["conclusion"] for folder in folders]
    assert sorted(conclusions) == ["conformant", "idle", "idle"]


def test_waived_failure_is_no_violation(verify: Verify, serve: Any, tray: Any, tmp_path: Path) -> None:
    path = tmp_path / "mockproof.toml"
    path.write_text(
        f'[target]\nurl = "{serve(tray("shape"))}"\n[identities.owner]\nsteward = "{TOKEN}"\n[[deviations]]\n'
        'requirement = "getTray/schema"\nowner = "Ann"\nreason = "old gateway"\nexpires = 2999-12-31\n'
    )
    verify("--declaration", str(path), "--only", "getTray", "--report-dir", str(tmp_path / "out"))
    lines = read_ledger(tmp_path / "out" / "ledger.ndjson")
    found = {line["id"]: line["verdict"] for line in lines if line["kind"] == "verdict"}
    assert found["getTray/schema"] == "waived"
    assert [line["state"] for line in lines if line["kind"] == "waiver"] == ["applied"]


def test_report_folder_that_cannot_be_written_exits_with_5(verify: Verify, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = verify("http://127.0.0.1:9", "--report-dir", str(tmp_path / "file" / "below"))
    assert code == 5
    assert "cannot write" in err


def test_time_that_runs_out_exits_with_4(verify: Verify, serve: Any, tray: Any) -> None:
    assert verify(serve(tray()), "--auth", TOKEN, "--max-time", "1")[0] == 4


@pytest.mark.parametrize(
    ("code", "faults", "options"),
    [
        (0, (), ("--tier", "scenarios", "--only", "getTray")),
        (1, ("shape",), ("--tier", "scenarios", "--only", "getTray")),
        (2, (), ("--seed", "x")),
        (3, (), ("--tier", "scenarios", "--only", "createTray", "--auth", "steward=wrong")),
        (4, (), ("--max-time", "1")),
        (5, (), ("--report-dir", "file/below")),
    ],
    ids=["conformant", "violations", "usage", "inconclusive", "incomplete", "unwritten"],
)
def test_every_conclusion_is_the_exit_code_of_the_process(
    serve: Any, tray: Any, code: int, faults: tuple[str, ...], options: tuple[str, ...]
) -> None:
    Path("file").touch()
    given = ["verify", serve(tray(*faults)), "--contract", str(CONTRACT), "--auth", "env:TRAY_TOKEN", *options]
    command, environment = [sys.executable, "-m", "mockproof", *given], {**os.environ, "TRAY_TOKEN": TOKEN}
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (code, False)


@pytest.fixture
def started(serve: Any, tray: Any, tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    arguments = ["verify", serve(tray()), "--contract", str(CONTRACT), "--auth", "env:TRAY_TOKEN"]
    command = [sys.executable, "-m", "mockproof", *arguments, "--max-examples", "500", "--report-dir", str(tmp_path)]
    environment = {**os.environ, "TRAY_TOKEN": TOKEN}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.kill()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signal_ends_the_run_with_its_reports_written(
    started: subprocess.Popen[str], number: signal.Signals, code: int, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger.ndjson"
    until = time.monotonic() + 60
    while '"source": "fuzz"' not in (ledger.read_text() if ledger.exists() else ""):
        assert time.monotonic() < until, "the run never reached the fuzzer"
        time.sleep(0.1)
    started.send_signal(number)
    assert started.wait(timeout=10) == code
    report = json.loads((tmp_path / "report.json").read_text())
    assert report["conclusion"] == "incomplete"
    assert ET.parse(tmp_path / "junit.xml").getroot().tag == "testsuites"  # noqa: S314  our own file
