"""`mockproof report`, `diff` and `explain` as their users meet them."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from conformance.explanation import explain_requirement
from mockproof.cli import main
from spec.contract_reader import load_contract
from spec.packaged import contract_path
from spec.requirements import load_requirements

SAMPLE = Path(__file__).parents[1] / "conformance" / "golden" / "sample.ndjson"
Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Run:
    def call(*arguments: str | Path) -> tuple[int, str, str]:
        code = main([str(one) for one in arguments])
        out, err = capfd.readouterr()
        return code, out, err

    return call


def test_report_prints_the_summary_without_styles_where_there_is_no_terminal(run: Run) -> None:
    code, out, _ = run("report", SAMPLE)
    assert (code, out) == (0, SAMPLE.with_name("summary.txt").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "start"),
    [("html", "<!DOCTYPE html>"), ("json", '{\n  "report_version": 2'), ("junit", "<?xml"), ("markdown", "## "),
     ("sarif", "{"), ("har", "{"), ("badge", "<svg"), ("text", "Trays 1.2")],
)  # fmt: skip
def test_report_writes_every_format_to_a_file(name: str, start: str, run: Run, tmp_path: Path) -> None:
    path = tmp_path / "new" / "file"
    assert run("report", SAMPLE, "--format", name, "--output", path) == (0, "", "")
    assert path.read_text(encoding="utf-8").startswith(start)


def test_report_that_cannot_be_written_exits_with_5(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    code, _, err = run("report", SAMPLE, "--output", tmp_path / "file" / "below")
    assert code == 5
    assert "cannot write" in err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("report", "nowhere"), "cannot read nowhere"),
        (("report", __file__), "no line of a ledger"),
        (("report", SAMPLE, "--format", "pdf"), "pdf"),
        (("report", "merge", SAMPLE), "--output"),
        (("diff", SAMPLE, __file__), "no line of a ledger"),
        (("diff", SAMPLE), "AFTER"),
        (("explain", "page-odour"), "page-order"),
        (("explain", "?"), "explain --list"),
    ],
)
def test_usage_error_exits_with_2_and_says_what_to_do(arguments: tuple[str | Path, ...], told: str, run: Run) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert told in err
    assert "Traceback" not in err


def test_help_of_report_shows_both_forms(run: Run) -> None:
    code, out, _ = run("report", "--help")
    assert code == 0
    assert "report LEDGER [--format FORMAT]" in out
    assert "report merge LEDGER LEDGER... --output FOLDER" in out


def test_merge_writes_a_whole_report_folder_and_exits_as_verify_does(run: Run, tmp_path: Path) -> None:
    code, out, _ = run("report", "merge", SAMPLE, SAMPLE, "--output", tmp_path / "out")
    assert code == 1
    assert "Conclusion: violations" in out
    assert len(list((tmp_path / "out").iterdir())) == 9
    assert run("report", tmp_path / "out")[1] == out


def test_diff_of_a_run_with_itself_is_no_worse(run: Run) -> None:
    code, out, _ = run("diff", SAMPLE, SAMPLE)
    assert code == 0
    assert out.startswith("still failing (5):")


def test_diff_exits_with_1_when_something_is_broken(run: Run, tmp_path: Path) -> None:
    before = tmp_path / "before.ndjson"
    text = SAMPLE.read_text(encoding="ascii")
    before.write_text(text.replace('"verdict": "fail"', '"verdict": "pass"'), encoding="ascii")
    code, out, _ = run("diff", before, SAMPLE, "--json")
    told = json.loads(out)
    assert (code, told["worse"], len(told["differences"])) == (1, True, 5)
    assert run("diff", SAMPLE, before)[0] == 0


def test_explain_tells_source_check_and_mutants(run: Run) -> None:
    code, out, _ = run("explain", "page-links")
    assert code == 0
    told = ["page-links (MUST, paging)", "source: backupify.swagger.yaml:25-26:", "scenario", "page-overlap", "a pass:"]
    assert [words for words in told if words not in out] == []


def test_explain_knows_what_follows_from_one_operation(run: Run) -> None:
    told = json.loads(run("explain", "listBackups/schema", "--json")[1])
    assert (told["level"], told["operations"]) == ("MUST", ["listBackups"])
    assert {"ST108", "plain-schema"} <= set(told["codes"])
    assert "number-as-text" in [mutant["id"] for mutant in told["mutants"]]


def test_explain_takes_a_contract_of_ones_own(run: Run) -> None:
    tray = SAMPLE.parents[1] / "tray.yaml"
    code, out, _ = run("explain", "--contract", tray, "listTrays/schema")
    assert (code, out.splitlines()[0]) == (0, "listTrays/schema (MUST, core)")


def test_list_names_every_requirement(run: Run) -> None:
    wanted = [one.id for one in load_requirements(load_contract(contract_path("full")), "full")]
    listed = json.loads(run("explain", "--list", "--json")[1])["requirements"]
    assert [one["id"] for one in listed] == wanted
    assert len(run("explain")[1].splitlines()) == len(wanted)


@pytest.mark.parametrize("profile", ["full", "documented"])
def test_every_requirement_can_be_explained(profile: str) -> None:
    for requirement in load_requirements(load_contract(contract_path(profile)), profile):
        told = explain_requirement(requirement)
        assert all((told.looked_for, told.needs)), requirement.id
