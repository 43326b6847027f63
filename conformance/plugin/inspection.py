"""The plugin's part that is only there when a target is named: adds the items, and has the run made once.

Where pytest-xdist shares the work, its controller makes the run before the first item is handed out and tells every
worker the folder: however many workers there are, the target is judged once, and all tell the same verdicts.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.errors import ReportError
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.ledger import LEDGER_NAME
from conformance.plugin.item import TargetNode, VerdictItem, VerdictMissing, Verified
from conformance.plugin.run import Wish, make_run, wished_requirements
from conformance.reporting.source import load_report
from conformance.secret import printable
from conformance.verdict.outcome import UNWRITTEN
from spec.errors import MockproofError
from spec.requirements import Obligation, Requirement

NODE: Final = "mockproof"
"""How the ids of all items begin."""
_FOLDER: Final = "mockproof_folder"
_USAGE: Final = 2


class Inspection:
    """Hooks of one session that judges a target."""

    def __init__(self, config: pytest.Config) -> None:
        """Read the options; nothing is sent yet."""
        self._config = config
        self._wish = _wish(config)
        told: str | None = getattr(config, "workerinput", {}).get(_FOLDER)
        self._is_worker = told is not None
        self._folder = Path(told) if told else _new_folder(config)
        self._requirements: tuple[Requirement, ...] = ()
        self._verified: Verified | None = None
        self._is_made = False
        self._last_words = ""

    def pytest_report_header(self) -> str:
        """Say what is judged."""
        form = self._wish.contract or (f"{self._wish.profile} contract" if self._wish.profile else None)
        return f"mockproof: {', '.join(filter(None, (self._wish.url or self._wish.declaration, form)))}"

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self) -> None:
        """Find out what will be judged; a controller does so too, because no error of a worker is told in words."""
        try:
            self._requirements = wished_requirements(self._wish, os.environ)
        except MockproofError as error:
            raise pytest.UsageError(str(error)) from error

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, session: pytest.Session, items: list[pytest.Item]) -> None:
        """Add the requirements before -k, -m and --last-failed choose among all items."""
        node = TargetNode.from_parent(
            session,
            name=NODE,
            nodeid=NODE,
            requirements=self._requirements,
            ask=self._ask,
            fails_at=Obligation(self._config.getoption("mockproof_fails_at")),
        )
        items.extend(session.genitems(node))

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> None:
        """Make the run before the first test, where one of ours is among them."""
        is_stopped = session.testsfailed and not session.config.option.continue_on_collection_errors
        if self._is_worker or is_stopped or session.config.option.collectonly:
            return
        if any(isinstance(item, VerdictItem) for item in session.items):
            self._make_run()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist where it will find the reports."""
        node.workerinput[_FOLDER] = str(self._folder)

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_node_collection_finished(self, ids: Sequence[str]) -> None:
        """Make the run once a worker knows what there is to do, and before any is told to begin."""
        if not self._is_made and any(one.startswith(f"{NODE}::") for one in ids):
            self._make_run()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """Say what the kit concludes, and where its reports are."""
        if not self._is_made:
            return
        try:
            verified = self._ask()
        except VerdictMissing:
            return
        terminalreporter.section("mockproof")
        for trouble in verified.document["troubles"]:
            if trouble["operation"] == EVERY_OPERATION:
                terminalreporter.line(printable(trouble["reason"]))
        terminalreporter.line(f"{verified.conclusion}; see {self._folder / 'report.html'}")

    def _make_run(self) -> None:
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        try:
            _clear(self._folder)
            self._is_made = True
            code, self._last_words = make_run(self._wish, self._folder, lambda line: _tell(reporter, line))
        except ReportError as error:
            raise pytest.UsageError(str(error)) from error
        if code in (_USAGE, UNWRITTEN):
            raise pytest.UsageError(self._last_words)

    def _ask(self) -> Verified:
        """What came of the run; raises VerdictMissing where it left no report."""
        if self._verified is None:
            try:
                self._verified = Verified(self._folder, load_report(self._folder))
            except MockproofError as error:
                words = f"the kit left no report\n{error}\n{self._last_words}"
                raise VerdictMissing(words.strip()) from error
        return self._verified


def _wish(config: pytest.Config) -> Wish:
    def option(name: str) -> Any:
        return config.getoption(f"mockproof_{name}")

    return Wish(
        home=config.invocation_params.dir,
        url=option("target"),
        declaration=option("declaration"),
        contract=option("contract"),
        profile=option("profile"),
        only=tuple(option("only")),
        skip=tuple(option("skip")),
        tiers=tuple(option("tier")),
        auth=tuple(option("auth")),
        second_auth=tuple(option("second_auth")),
        disposable=option("disposable"),
        seed=option("seed"),
        max_time=option("max_time"),
    )


def _new_folder(config: pytest.Config) -> Path:
    """Where the run's files will be: where the user says, or beside those of `mockproof verify`."""
    given = config.getoption("mockproof_report_dir")
    home = config.invocation_params.dir
    return home / given if given else home / ".mockproof" / "runs" / f"pytest-{secrets.token_hex(2)}"


def _clear(folder: Path) -> None:
    """Remove the record of an earlier run, which must not be taken for that of this one; raises ReportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name in (LEDGER_NAME, "report.json"):
            (folder / name).unlink(missing_ok=True)
        if folder.parent.parent.name == ".mockproof":
            # As `mockproof verify` does: nobody commits a report by accident.
            (folder.parent.parent / ".gitignore").write_text("*\n", encoding="ascii")
    except OSError as error:
        raise ReportError(
            f"cannot write {folder}: {error.strerror}", hint="choose a folder with --mockproof-report-dir"
        ) from error


def _tell(reporter: Any, line: str) -> None:
    if reporter is not None and reporter.verbosity >= 0:
        reporter.line(f"mockproof: {line}")
