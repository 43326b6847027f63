"""What changed between two runs, and whether that is worse."""

from __future__ import annotations

import pytest

from conformance.reporting.difference import Change, compare, diff_document, diff_text, is_worse
from conformance.reporting.report import Document


def run(seed: int = 1, **verdicts: str) -> Document:
    """A report of requirements by outcome; a name that begins with `should` is a SHOULD."""
    requirements = [
        {"id": name, "level": "SHOULD" if name.startswith("should") else "MUST", "verdict": outcome}
        for name, outcome in verdicts.items()
    ]
    contract = {"title": "Tray", "version": "1", "digest": "d" * 64}
    heading = {"target": "http://x", "contract": contract, "profile": "full", "seed": seed}
    broken = "fail" in verdicts.values()
    return {**heading, "conclusion": "violations" if broken else "conformant", "requirements": requirements}


@pytest.mark.parametrize(
    ("before", "after", "change", "worse"),
    [
        ("pass", "fail", Change.BROKEN, True),
        ("waived", "fail", Change.BROKEN, True),
        ("inconclusive", "fail", Change.BROKEN, True),
        ("pass", "inconclusive", Change.UNSEEN, True),
        ("fail", "error", Change.UNSEEN, True),
        ("fail", "fail", Change.STILL, False),
        ("fail", "pass", Change.FIXED, False),
        ("waived", "pass", Change.FIXED, False),
        ("inconclusive", "pass", Change.SEEN, False),
        ("fail", "waived", Change.OTHER, False),
        ("inconclusive", "error", Change.OTHER, False),
    ],
)
def test_change_of_a_must_has_a_name_and_is_worse_or_not(before: str, after: str, change: Change, worse: bool) -> None:
    (found,) = compare(run(one=before), run(one=after))
    assert (found.change, found.is_worse) == (change, worse)


def test_requirements_that_are_as_they_were_are_left_out() -> None:
    assert compare(run(one="pass", two="inconclusive"), run(one="pass", two="inconclusive")) == ()


def test_new_failure_is_worse_and_a_new_pass_is_not() -> None:
    assert [one.change for one in compare(run(), run(one="fail", two="pass"))] == [Change.NEW, Change.NEW]
    assert is_worse(compare(run(), run(one="fail")))
    assert not is_worse(compare(run(), run(one="pass")))
    assert [one.change for one in compare(run(one="pass"), run())] == [Change.GONE]


def test_should_that_nobody_sees_any_more_is_not_worse_but_a_broken_one_is() -> None:
    assert not is_worse(compare(run(should="pass"), run(should="inconclusive")))
    assert is_worse(compare(run(should="pass"), run(should="fail")))


def test_text_tells_the_worst_first_and_that_the_runs_differ() -> None:
    before = run(kept="fail", mended="fail", lost="pass", gone="pass")
    after = run(seed=2, kept="fail", mended="pass", lost="fail", added="pass")
    assert diff_text(before, after, compare(before, after)) == (
        "Note: the seed is not the same: 1, then 2\n"
        "broken (1):\n  lost MUST: pass -> fail\n"
        "still failing (1):\n  kept MUST\n"
        "fixed (1):\n  mended MUST: fail -> pass\n"
        "new (1):\n  added MUST: not judged -> pass\n"
        "gone (1):\n  gone MUST: pass -> not judged\n"
        "Conclusion: violations -> violations, worse\n"
    )


def test_sum_is_better_or_no_worse() -> None:
    assert diff_text(run(a="fail"), run(a="pass"), compare(run(a="fail"), run(a="pass"))).endswith(", better\n")
    assert diff_text(run(a="pass"), run(a="pass"), ()).endswith(", no worse\n")


def test_json_has_a_member_for_each_difference() -> None:
    before, after = run(one="pass"), run(one="fail")
    assert diff_document(before, after, compare(before, after)) == {
        "before": "conformant",
        "after": "violations",
        "worse": True,
        "caveats": [],
        "differences": [{"requirement": "one", "level": "MUST", "change": "broken", "before": "pass", "after": "fail"}],
    }
