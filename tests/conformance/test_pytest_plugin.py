"""What each verdict means to pytest, and that the plugin asks the command line for what the command line has."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.errors import DeclarationError
from conformance.plugin.item import Verified, is_hollow, story
from conformance.plugin.run import Wish, wished_requirements
from conformance.reporting.report import report_document
from conformance.reporting.source import load_ledger
from mockproof.cli import cli
from mockproof.verify_plan import Options, plan_of
from spec.contract_reader import load_contract
from spec.packaged import contract_path
from spec.requirements import load_requirements

HOME = Path(__file__).parents[2]
SAMPLE = Path(__file__).with_name("golden") / "sample.ndjson"
VAULT = HOME / "tests" / "contracts" / "vault.yaml"
CONFTEST = """
import json
from pathlib import Path

from conformance.plugin.item import TargetNode, Verified, VerdictMissing
from spec.requirements import Obligation, Requirement

DOCUMENT = json.loads(Path("document.json").read_text())
JUDGED = [
    Requirement(one["id"], Obligation(one["level"]), one["text"], one["capability"], (), "status", None, ())
    for one in DOCUMENT["collected"]
]

def ask():
    if DOCUMENT["requirements"] is None:
        raise VerdictMissing("the kit left no report")
    return Verified(Path("folder"), DOCUMENT)

def pytest_collection_modifyitems(session, items):
    node = TargetNode.from_parent(
        session, name="mockproof", nodeid="mockproof", requirements=JUDGED, ask=ask,
        fails_at=Obligation(DOCUMENT["fails_at"]),
    )
    items.extend(session.genitems(node))
"""


def entry(name: str, level: str, verdict: str, **more: Any) -> dict[str, Any]:
    words = {"text": f"{name} holds.", "capability": "core", "reason": f"why {name}", "observations": 2}
    about: dict[str, Any] = {"sources": [], "failures": [], "waiver": None, "consequence_of": None}
    return {"id": name, "level": level, "verdict": verdict, **words, **about, **more}


FAILURE = {
    "expected": "200",
    "seen": "500",
    "curl": 'curl -i http://localhost/a -H "$TOKEN"',
    "reproduction": {"status": "confirmed", "shell": "", "pytest": ""},
}
SOURCE = {"file": "api.yaml", "lines": "3-4", "text": "A promise."}
WAIVER = {"owner": "Ann", "reason": "the gateway", "expires": "2030-01-01", "state": "applied"}
EVERY = [
    entry("kept", "MUST", "pass"),
    entry("broken", "MUST", "fail", failures=[FAILURE] * 4, sources=[SOURCE], consequence_of="other"),
    entry("unseen", "MUST", "inconclusive"),
    entry("ours", "MUST", "error"),
    entry("absent", "MUST", "not applicable"),
    entry("excused", "MUST", "waived", waiver=WAIVER),
    entry("advice", "SHOULD", "fail", failures=[FAILURE]),
    entry("advice-unseen", "SHOULD", "inconclusive"),
    entry("option", "MAY", "fail", failures=[FAILURE]),
]


@dataclass(frozen=True)
class Session:
    text: str
    outcomes: dict[str, str]


Run = Callable[..., Session]


@pytest.fixture
def run_items(tmp_path: Path) -> Run:
    """Runs pytest over made-up verdicts; gives what it prints, and each item with its outcome."""

    def run(*arguments: str, entries: Any, conclusion: str = "violations", **more: Any) -> Session:
        document = {"requirements": entries, "collected": entries, "conclusion": conclusion, "troubles": []}
        (tmp_path / "document.json").write_text(json.dumps({**document, "fails_at": "MUST", **more}))
        (tmp_path / "conftest.py").write_text(CONFTEST)
        (tmp_path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\n")
        command = [sys.executable, "-m", "pytest", "-p", "conformance.pytest_plugin", "--junitxml=out.xml", *arguments]
        environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
        done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
        cases = ET.parse(tmp_path / "out.xml").iter("testcase")  # noqa: S314  # pytest wrote it
        return Session(done.stdout + done.stderr, {str(case.get("name")): _outcome(case) for case in cases})

    return run


def _outcome(case: ET.Element) -> str:
    for tag in ("failure", "error", "skipped"):
        element = case.find(tag)
        if element is not None:
            return "xfailed" if element.get("type") == "pytest.xfail" else tag
    return "passed"


def test_each_verdict_has_one_meaning(run_items: Run) -> None:
    session = run_items(entries=EVERY)
    assert session.outcomes == {
        "kept": "passed",
        "broken": "failure",
        "unseen": "failure",
        "ours": "error",
        "absent": "skipped",
        "excused": "xfailed",
        "advice": "xfailed",
        "advice-unseen": "xfailed",
        "option": "xfailed",
        "run": "passed",
    }


def test_what_pytest_shows_tells_source_what_was_seen_and_how_to_see_it_again(run_items: Run) -> None:
    told = run_items("-rx", entries=EVERY).text
    for words in (
        "MUST, fail: why broken",
        "broken holds.",
        "source: api.yaml:3-4: A promise.",
        "may be a consequence of other",
        "expected: 200\nseen: 500\nrepeated: confirmed\ncurl -i http://localhost/a",
        "and 1 more",
        "report: folder/report.html",
        "MUST, waived: the gateway (Ann, until 2030-01-01)",
        "SHOULD, fail: why advice",
    ):
        assert words in told
    assert "Traceback" not in told
    assert "pytest_item.py" not in told


def test_who_asks_for_more_sees_lower_levels_fail(run_items: Run) -> None:
    outcomes = run_items(entries=EVERY, fails_at="SHOULD").outcomes
    assert (outcomes["advice"], outcomes["advice-unseen"], outcomes["option"]) == ("failure", "failure", "xfailed")


def test_what_is_expected_to_fail_fails_with_runxfail_and_never_passes(run_items: Run) -> None:
    outcomes = run_items("--runxfail", entries=EVERY).outcomes
    assert {outcomes[name] for name in ("excused", "advice", "advice-unseen", "option")} == {"failure"}


@pytest.mark.parametrize(
    ("conclusion", "entries", "hollow"),
    [
        ("conformant", EVERY[:1], False),
        ("inconclusive", EVERY[2:3], False),
        ("inconclusive", EVERY[4:5], True),
        ("inconclusive", [], True),
        ("incomplete", EVERY[:1], True),
        ("ready", [], False),
    ],
    ids=["all-kept", "an-item-tells", "all-skipped", "nothing-judged", "cut-off", "preflight-only"],
)
def test_a_run_that_proves_nothing_is_known(conclusion: str, entries: list[Any], *, hollow: bool) -> None:
    verified = Verified(Path("folder"), {"requirements": entries, "conclusion": conclusion})
    assert is_hollow(verified) is hollow


def test_a_run_that_proves_nothing_is_not_green(run_items: Run) -> None:
    session = run_items(entries=EVERY[:1], conclusion="incomplete")
    assert session.outcomes == {"kept": "passed", "run": "failure"}
    assert "the run is incomplete, whatever its requirements say" in session.text


def test_what_was_collected_and_not_judged_is_an_error_and_told(run_items: Run) -> None:
    session = run_items(entries=EVERY[:1], collected=EVERY[:2])
    assert session.outcomes == {"kept": "passed", "broken": "error", "run": "failure"}
    assert "the run judged something else than was collected: broken" in session.text


def test_without_a_report_every_requirement_is_an_error(run_items: Run) -> None:
    session = run_items(entries=None, collected=EVERY[:2])
    assert session.outcomes == {"kept": "error", "broken": "error", "run": "failure"}
    assert "the kit left no report" in session.text


def test_levels_and_capabilities_can_be_chosen_by_marker(run_items: Run) -> None:
    chosen = run_items("-m", "mockproof_requirement(level='SHOULD')", entries=EVERY).outcomes
    assert set(chosen) == {"advice", "advice-unseen"}


def test_what_a_target_sends_cannot_steer_the_terminal() -> None:
    failure = {**FAILURE, "seen": "\x1b[2J"}
    assert "\x1b" not in story(entry("broken", "MUST", "fail", failures=[failure]), Path("folder"))


def test_every_entry_of_a_real_report_can_be_told() -> None:
    document = report_document(load_ledger(SAMPLE))
    for one in document["requirements"]:
        assert one["text"] in story(one, Path("folder"))


WISH = Wish(
    home=HOME,
    url="http://127.0.0.1:4010",
    declaration=None,
    contract=str(VAULT),
    profile="documented",
    only=("listVaults", "getVault"),
    skip=("getVault",),
    tiers=("scenarios", "fuzz"),
    auth=("env:TOKEN", "tenant=x"),
    second_auth=("y",),
    disposable=True,
    seed=7,
    max_time=30,
)


def test_the_command_is_one_that_the_command_line_takes(tmp_path: Path) -> None:
    words = WISH.command(tmp_path)
    verify = cli.get_command(cli.make_context("mockproof", ["verify"], resilient_parsing=True), "verify")
    assert words[:4] == [sys.executable, "-m", "mockproof", "verify"]
    assert verify is not None
    given = verify.make_context("verify", words[4:]).params
    assert {name: given[name] for name in ("url", "seed", "max_time", "disposable", "skip")} == {
        "url": WISH.url,
        "seed": 7,
        "max_time": 30,
        "disposable": True,
        "skip": ("getVault",),
    }
    assert (given["only"], given["tiers"], given["auth"]) == (WISH.only, WISH.tiers, WISH.auth)
    assert given["report_dir"] == tmp_path


def test_collected_is_what_is_selected() -> None:
    judged = wished_requirements(WISH, {})
    assert judged
    assert {one for requirement in judged for one in requirement.operations} == {"listVaults"}


def test_a_declaration_that_cannot_be_read_is_refused_before_anything_is_sent(tmp_path: Path) -> None:
    wish = Wish(home=tmp_path, url=None, declaration="none.toml", contract=None, profile="full")
    with pytest.raises(DeclarationError, match=r"none\.toml"):
        wished_requirements(wish, {})


@pytest.mark.parametrize(("option", "judged"), [(None, "full"), ("documented", "documented"), ("full", "full")])
def test_the_declaration_names_the_profile_unless_the_command_does(
    option: str | None, judged: str, tmp_path: Path
) -> None:
    (tmp_path / "mockproof.toml").write_text('[target]\nurl = "http://127.0.0.1:9"\nprofile = "full"\n')
    wish = Wish(home=tmp_path, url=None, declaration="mockproof.toml", contract=None, profile=option)
    assert wished_requirements(wish, {}) == load_requirements(load_contract(contract_path(judged)), judged)
    assert ("--profile" in wish.command(tmp_path)) == (option is not None)
    options = Options(profile=option, declaration=str(tmp_path / "mockproof.toml"))
    assert plan_of(options, tmp_path, "run").profile == judged
