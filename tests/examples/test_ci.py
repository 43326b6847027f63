"""The action and the GitLab job do what they say: their shell steps are run here, against a mock."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import pytest

from conformance.reporting.source import load_report
from mockproof.cli import cli
from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from spec.loading import load_document

HOME = Path(__file__).parents[2]
ACTION: Mapping[str, Any] = load_document(HOME / "action.yml").value
GITLAB: Mapping[str, Any] = load_document(HOME / "examples" / "ci" / "gitlab.yml").value
GUIDE = (HOME / "docs" / "ci.md").read_text(encoding="utf-8")
VAULT = HOME / "tests" / "contracts" / "vault.yaml"
QUICK = f"--contract {VAULT} --only getVault --tier scenarios"
DECLARATION = """
[target]
url = "{url}"
[identities.owner]
tenant = "env:VAULT_TOKEN"
"""


@dataclass
class Job:
    """A folder with a PATH of its own, in which steps are run."""

    home: Path
    values: dict[str, str] = field(default_factory=dict)

    def run(self, script: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
        path = os.pathsep.join([str(self.home / "bin"), str(Path(sys.executable).parent), "/usr/bin", "/bin"])
        told = {name: str(self.home / name.lower()) for name in ("GITHUB_OUTPUT", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")}
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script],
            cwd=self.home,
            env={"PATH": path, "HOME": str(self.home), "VAULT_TOKEN": "north-token", **told, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    def act(self, **inputs: str) -> int:
        """Run the shell steps of the action; the exit code of the first that fails, or 0."""
        self.values = {f"inputs.{name}": one["default"] for name, one in ACTION["inputs"].items()}
        self.values |= {f"inputs.{name.replace('_', '-')}": value for name, value in inputs.items()}
        self.values["github.action_path"] = "/the/action"
        for step in ACTION["runs"]["steps"]:
            if "run" not in step:
                continue
            done = self.run(step["run"], {name: self.filled(text) for name, text in step["env"].items()})
            if done.returncode:
                return done.returncode
            if "id" in step:
                lines = (self.home / "github_output").read_text().splitlines()
                self.values |= {
                    f"steps.{step['id']}.outputs.{line.partition('=')[0]}": line.partition("=")[2] for line in lines
                }
        return 0

    def filled(self, text: str) -> str:
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda found: self.values[found[1]], text)

    def tool(self, name: str) -> None:
        """A command that only tells how it was called."""
        path = self.home / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "{name} $*" >> "{self.home}/calls"\n')
        path.chmod(0o755)


@pytest.fixture
def job(tmp_path: Path) -> Job:
    made = Job(tmp_path)
    for name in ("uv", "pip", "pipx"):
        made.tool(name)
    return made


@pytest.fixture(scope="module")
def serve() -> Iterator[Callable[..., str]]:
    """Gives the URL of a mock of the vaults, clean or with mutants; each is started once."""
    contract = load_contract(VAULT)
    fixtures = load_fixtures(contract, VAULT.with_suffix(""))
    with (
        running(create_app(contract, fixtures)) as clean,
        running(create_app(contract, fixtures, mutants=["read-answers-sibling"])) as wrong,
    ):
        yield lambda *mutants: wrong if mutants else clean


@pytest.mark.parametrize(("mutants", "code"), [((), 0), (("read-answers-sibling",), 1)], ids=["clean", "mutant"])
def test_the_action_judges_by_the_declaration_and_tells_where_the_reports_are(
    mutants: tuple[str, ...], code: int, job: Job, serve: Callable[..., str]
) -> None:
    (job.home / "mockproof.toml").write_text(DECLARATION.format(url=serve(*mutants)))
    assert job.act(options=QUICK) == code
    assert job.values["steps.verify.outputs.exit-code"] == str(code)
    for output in ("report-dir", "sarif"):
        assert (job.home / job.values[f"steps.verify.outputs.{output}"]).exists()
    assert (job.home / "github_step_summary").read_text() == (job.home / "mockproof-report" / "summary.md").read_text()


def test_the_action_installs_itself_on_its_own(job: Job, serve: Callable[..., str]) -> None:
    job.act(target=serve(), options=f"{QUICK} --auth env:VAULT_TOKEN")
    assert (job.home / "calls").read_text().startswith("uv tool install --quiet --force /the/action\n")
    (job.home / "bin" / "uv").unlink()
    (job.home / "calls").unlink()
    install = ACTION["runs"]["steps"][0]
    assert (
        job.run(install["run"].replace("command -v uv", "command -v no-uv"), {"SOURCE": "/the/action"}).returncode == 0
    )
    assert (job.home / "calls").read_text().startswith("pipx install --force /the/action\n")


def test_the_action_passes_where_it_is_told_to(job: Job, serve: Callable[..., str]) -> None:
    assert job.act(target=serve("read-answers-sibling"), options=f"{QUICK} --auth env:VAULT_TOKEN", pass_on="3 1") == 0
    assert job.values["steps.verify.outputs.exit-code"] == "1"


def test_the_action_takes_every_input_as_one_word(job: Job) -> None:
    """What an input holds is data: a command in it is not run."""
    assert job.act(target="http://127.0.0.1:9/$(touch hacked);touch hacked", declaration="a b", report_dir="a b") == 2
    assert not (job.home / "hacked").exists()
    assert not [step for step in ACTION["runs"]["steps"] if "${{" in step.get("run", "")]


def test_every_input_of_the_action_is_used_and_described() -> None:
    text = (HOME / "action.yml").read_text(encoding="utf-8")
    for name, one in ACTION["inputs"].items():
        assert f"inputs.{name}" in text
        assert one["description"]
        assert f"`{name}`" in GUIDE
    for name in ACTION["outputs"]:
        assert f"`{name}`" in GUIDE


@pytest.fixture(scope="module")
def packaged() -> Iterator[str]:
    contract = load_contract()
    with running(create_app(contract, load_fixtures(contract))) as url:
        yield url


def verdicts(folder: Path) -> dict[str, str]:
    return {entry["id"]: entry["verdict"] for entry in load_report(folder)["requirements"]}


def test_shards_that_the_action_merges_are_one_run(job: Job, packaged: str) -> None:
    options = "--auth nimbus-token --second-auth harbor-token --tier scenarios --disposable"
    assert job.act(target=f"{packaged}/__mock/w/whole", options=options, report_dir="whole") == 0
    for number in (1, 2, 3):
        shard = {"shard": f"{number}/3", "report_dir": f"shards/{number}"}
        assert job.act(target=f"{packaged}/__mock/w/shards", options=options, pass_on="1 3", **shard) == 0
    assert len(list((job.home / "shards").iterdir())) > 1
    assert job.act(merge="shards/*", report_dir="merged") == 0
    assert verdicts(job.home / "merged") == verdicts(job.home / "whole")


def gitlab_variables(**more: str) -> dict[str, str]:
    return {**{name: str(value) for name, value in GITLAB[".mockproof-base"]["variables"].items()}, **more}


def gitlab_script(name: str) -> str:
    assert GITLAB[name]["extends"] == ".mockproof-base"
    return "\n".join([*GITLAB[".mockproof-base"]["before_script"], *GITLAB[name]["script"]])


def test_the_gitlab_job_judges_and_leaves_what_gitlab_shows(job: Job, serve: Callable[..., str]) -> None:
    (job.home / "our.toml").write_text(DECLARATION.format(url="http://127.0.0.1:9"))
    variables = gitlab_variables(
        MOCKPROOF_TARGET=serve("read-answers-sibling"), MOCKPROOF_DECLARATION="our.toml", MOCKPROOF_OPTIONS=QUICK
    )
    done = job.run(gitlab_script(".mockproof"), variables)
    assert done.returncode == 1, done.stderr
    assert (job.home / "calls").read_text() == "pip install --quiet mockproof\n"
    artifacts = GITLAB[".mockproof-base"]["artifacts"]
    for pattern in (*artifacts["paths"], artifacts["reports"]["junit"]):
        assert [str(path.relative_to(job.home)) for path in job.home.glob(pattern)], pattern
    merged = job.run(gitlab_script(".mockproof-merge"), gitlab_variables())
    assert merged.returncode == 1, merged.stderr
    assert verdicts(job.home / "mockproof-report") == verdicts(job.home / "mockproof-report-1")


def commands() -> list[str]:
    """Every line with a command of ours in the guide."""
    blocks = re.findall(r"```text\n(.*?)```", GUIDE, flags=re.DOTALL)
    inline = re.findall(r"`((?:mockproof|pytest --mockproof)[^`]*)`", GUIDE)
    return sorted({*inline, *(line for block in blocks for line in block.splitlines())})


@pytest.mark.parametrize("command", [one for one in commands() if one.startswith("mockproof ")])
def test_every_command_of_the_guide_is_one_that_the_command_line_takes(command: str) -> None:
    words, found, name = shlex.split(command)[1:], cli, "mockproof"
    while isinstance(found, click.Group):
        name, found, words = found.resolve_command(click.Context(found), words)
    found.make_context(name, words)


@pytest.mark.parametrize("command", [one for one in commands() if one.startswith("pytest ")])
def test_every_option_for_pytest_exists(command: str) -> None:
    plugin = (HOME / "conformance" / "pytest_plugin.py").read_text(encoding="utf-8")
    for option in re.findall(r"--mockproof-([\w-]+)", command):
        assert f'"--mockproof-{option}"' in plugin or f'"{option}": (' in plugin
