"""Requirements as items of a pytest session: what each verdict means to pytest, and the words that it is told in."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from conformance.plugin.marker import MARKER
from conformance.reporting.report import Document
from conformance.reporting.story import sources_of, waiver_words
from conformance.secret import printable
from conformance.verdict.outcome import Conclusion
from spec.requirements import Obligation, Requirement

_GRAVEST_FIRST: Final = tuple(Obligation)
_MOST: Final = 3
"""Failures of one requirement that are told in full."""


class Verified:
    """What came of the run. folder: of its reports. entries: what the report has of each requirement, by id."""

    def __init__(self, folder: Path, document: Document) -> None:
        self.folder = folder
        self.document = document
        self.entries: Mapping[str, Mapping[str, Any]] = {entry["id"]: entry for entry in document["requirements"]}

    @property
    def conclusion(self) -> Conclusion:
        """What the run says about the target."""
        return Conclusion(self.document["conclusion"])


Ask = Callable[[], Verified]
"""Gives what came of the run, or raises VerdictMissing."""


class VerdictMissing(Exception):
    """The kit left nothing to tell, which is no word about the target."""


class TargetNode(pytest.Collector):
    """What holds the requirements of one target. fails_at: the least level that makes a test fail."""

    def __init__(self, *, requirements: Sequence[Requirement], ask: Ask, fails_at: Obligation, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._requirements = requirements
        self._ask = ask
        self._fails_at = fails_at

    def collect(self) -> Iterator[pytest.Item]:
        """One item for each requirement, and one for the run."""
        most = _GRAVEST_FIRST.index(self._fails_at)
        for one in self._requirements:
            may_fail = _GRAVEST_FIRST.index(one.level) > most
            yield RequirementItem.from_parent(self, name=one.id, ask=self._ask, requirement=one, may_fail=may_fail)
        ids = frozenset(one.id for one in self._requirements)
        yield RunItem.from_parent(self, name="run", ask=self._ask, ids=ids)


class VerdictItem(pytest.Item):
    """What both kinds of items share: whom they ask, and where they stand."""

    def __init__(self, *, ask: Ask, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ask = ask

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """No file: the item's name stands for it."""
        return Path("mockproof"), None, self.name

    def verified(self) -> Verified:
        """What came of the run; where that is nothing, the item fails, or is an error if it asks while it is set up."""
        try:
            return self._ask()
        except VerdictMissing as error:
            pytest.fail(str(error), pytrace=False)


class RequirementItem(VerdictItem):
    """One requirement. may_fail: whether its level is below the one that makes a test fail."""

    def __init__(self, *, requirement: Requirement, may_fail: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._promise = requirement.id
        self._may_fail = may_fail
        level = str(requirement.level)
        self.add_marker(getattr(pytest.mark, MARKER)(level=level, capability=requirement.capability))
        self.user_properties.append(("level", level))

    def setup(self) -> None:
        """Find the verdict; where the kit has none, that is an error and no failure."""
        verified = self.verified()
        entry = verified.entries.get(self._promise)
        if entry is None:
            pytest.fail(f"the run has no verdict about {self._promise}; see {verified.folder}", pytrace=False)
        self.user_properties.append(("observations", entry["observations"]))
        if entry["verdict"] == "error":
            pytest.fail(story(entry, verified.folder), pytrace=False)

    def runtest(self) -> None:
        """Tell pytest the verdict."""
        verified = self.verified()
        entry = verified.entries[self._promise]
        outcome, reason = entry["verdict"], printable(str(entry["reason"]))
        if outcome == "pass":
            return
        if outcome == "not applicable":
            pytest.skip(reason)
        # Whoever says --runxfail wants to see what is expected to fail, too.
        if (outcome == "waived" or self._may_fail) and not self.config.getoption("runxfail"):
            words = printable(waiver_words(entry)) if entry["waiver"] else reason
            raise pytest.xfail.Exception(f"{entry['level']}, {outcome}: {words}")
        pytest.fail(story(entry, verified.folder), pytrace=False)


class RunItem(VerdictItem):
    """The run as a whole: it came to its end and judged what was collected, so that green items mean something."""

    def __init__(self, *, ids: frozenset[str], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._ids = ids

    def runtest(self) -> None:
        """Fail where the items would not tell the whole story."""
        verified = self.verified()
        strangers = sorted(self._ids ^ set(verified.entries))
        if strangers:
            pytest.fail(f"the run judged something else than was collected: {', '.join(strangers)}", pytrace=False)
        if is_hollow(verified):
            reasons = [f"{one['operation']}: {one['reason']}" for one in verified.document["troubles"]]
            head = f"the run is {verified.conclusion}, whatever its requirements say"
            pytest.fail(printable("\n".join([head, *reasons, f"report: {verified.folder}"])), pytrace=False)


def is_hollow(verified: Verified) -> bool:
    """Whether the run proves too little, and no requirement shows it."""
    if verified.conclusion in (Conclusion.INCOMPLETE, Conclusion.INTERRUPTED):
        return True
    musts = {entry["verdict"] for entry in verified.entries.values() if entry["level"] == Obligation.MUST}
    return verified.conclusion is Conclusion.INCONCLUSIVE and not musts & {"inconclusive", "error"}


def story(entry: Mapping[str, Any], folder: Path) -> str:
    """A requirement that does not pass: why, its words and their source, what was seen, and how to see it again."""
    lines = [f"{entry['level']}, {entry['verdict']}: {entry['reason']}", "", str(entry["text"])]
    lines += [f"source: {source}" for source in sources_of(entry)]
    if entry["consequence_of"]:
        lines.append(f"may be a consequence of {entry['consequence_of']}")
    for failure in entry["failures"][:_MOST]:
        lines += ["", *_told(failure)]
    if len(entry["failures"]) > _MOST:
        lines += ["", f"and {len(entry['failures']) - _MOST} more"]
    return printable("\n".join([*lines, "", f"report: {folder / 'report.html'}"]))


def _told(failure: Mapping[str, Any]) -> Iterator[str]:
    yield f"expected: {failure['expected']}"
    yield f"seen: {failure['seen']}"
    if "reproduction" in failure:
        yield f"repeated: {failure['reproduction']['status']}"
    if "curl" in failure:
        yield str(failure["curl"])
