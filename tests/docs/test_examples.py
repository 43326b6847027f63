"""The code blocks of README and docs do what they show.

`console` blocks are run line by line against a mock on a free port, which stands for the port that the page
names; `...` in what is shown stands for anything. Every line of an `sh` block names a target of the Makefile.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from doctest import ELLIPSIS, OutputChecker
from pathlib import Path

import pytest
from sybil import Example, Sybil
from sybil.parsers.markdown import CodeBlockParser

from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

HOME = Path(__file__).parents[2]
PAGES = (
    "README.md",
    "CONTRIBUTING.md",
    "docs/admin.md",
    "docs/architecture.md",
    "docs/ci.md",
    "docs/comparison.md",
    "docs/declaration.md",
    "docs/glossary.md",
    "docs/mock.md",
    "docs/probes.md",
    "docs/reports.md",
    "docs/testing.md",
    "fixtures/README.md",
)
SHOWN = "http://127.0.0.1:4010"


def blocks(language: str) -> list[Example]:
    sybil = Sybil([CodeBlockParser(language=language, evaluator=lambda _: None)])
    return [example for page in PAGES for example in sybil.parse(HOME / page).examples()]


def name_of(example: Example) -> str:
    return f"{Path(example.path).name}:{example.line}"


def steps(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a block with what is shown after it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, shown = part.partition("\n")
        yield command, shown


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    contract = load_contract()
    fixtures = load_fixtures(contract)
    with running(create_app(contract, fixtures)) as base:
        yield base


@pytest.mark.parametrize("example", blocks("console"), ids=name_of)
def test_what_is_shown_is_what_happens(example: Example, url: str, tmp_path: Path) -> None:
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    for command, shown in steps(example.parsed):
        done = subprocess.run(
            ["bash", "-c", command.replace(SHOWN, url)],
            cwd=tmp_path,
            env={**os.environ, "PATH": path},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        got = done.stdout.replace(url, SHOWN)
        got = got if got.endswith("\n") or not got else f"{got}\n"
        assert OutputChecker().check_output(shown, got, ELLIPSIS), (
            f"{command}\nwant:\n{shown}\ngot:\n{got}\n{done.stderr}"
        )


@pytest.mark.parametrize("example", blocks("sh"), ids=name_of)
def test_every_shell_line_is_a_target_of_the_makefile(example: Example) -> None:
    for line in example.parsed.splitlines():
        assert line.startswith("make ")
        subprocess.run(["make", "--dry-run", *line.split()[1:]], cwd=HOME, check=True, capture_output=True, timeout=60)


@pytest.mark.parametrize("page", PAGES)
def test_every_link_within_the_project_leads_somewhere(page: str) -> None:
    text = (HOME / page).read_text()
    for target in re.findall(r"\]\(([^)#:]+)\)", text):
        assert ((HOME / page).parent / target).exists(), target


def test_the_banner_is_the_one_that_is_shown(tmp_path: Path) -> None:
    (banner,) = re.findall(r"```text\n(Serving .*?)```", (HOME / "README.md").read_text(), flags=re.DOTALL)
    server = subprocess.Popen(
        [sys.executable, "-m", "mockproof", "serve", "--port", "0", "--ready-file", str(tmp_path / "ready.json")],
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert server.stdout is not None
        lines = [server.stdout.readline() for _ in banner.splitlines()]
    finally:
        server.terminate()
        server.communicate(timeout=20)
    assert re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:4010", "".join(lines)) == banner
