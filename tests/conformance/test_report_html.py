"""The HTML report: a hostile target cannot make it do anything, and a reader can work with it.

The second half looks at it in Chromium, from the packages that examples/playwright locks.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import shutil
import subprocess
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from conformance.reporting.element import Markup, element, joined
from conformance.reporting.html import html_text
from conformance.reporting.report import Document, report_document
from conformance.reporting.source import load_ledger

HERE = Path(__file__).parent
MODULES = Path(__file__).parents[2] / "examples" / "playwright"
VOID = {"meta", "input", "br", "link"}


class Outline(HTMLParser):
    """Tags with their attributes, and the text inside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.inside: dict[str, str] = {"script": "", "style": ""}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in self.inside:
            self.inside[self.open[-1]] += data


@pytest.fixture(scope="module")
def document() -> Document:
    return report_document(load_ledger(HERE / "golden" / "sample.ndjson"))


@pytest.fixture(scope="module")
def page(document: Document) -> str:
    return html_text(document)


@pytest.fixture(scope="module")
def outline(page: str) -> Outline:
    found = Outline()
    found.feed(page)
    found.close()
    assert found.open == []
    return found


def test_text_becomes_markup_by_escaping_only() -> None:
    assert element("p", "<b>", Markup("<i></i>"), title='"') == '<p title="&quot;">&lt;b&gt;<i></i></p>'
    assert joined(["a", None, ["<", Markup("<br>")]]) == "a&lt;<br>"
    assert element("p", f"{Markup('<b>')} bold") == "<p>&lt;b&gt; bold</p>"
    assert element("input", checked=True, disabled=False, value=None, name="n") == '<input checked name="n">'


def test_policy_allows_the_one_script_and_the_one_style_by_their_digests(outline: Outline) -> None:
    (policy,) = [one["content"] for _, one in outline.tags if one.get("http-equiv") == "Content-Security-Policy"]
    digests = {
        name: base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for name, text in outline.inside.items()
    }
    assert policy == (
        f"default-src 'none'; script-src 'sha256-{digests['script']}'; style-src 'sha256-{digests['style']}'"
        "; base-uri 'none'; form-action 'none'"
    )
    names = [name for name, _ in outline.tags]
    assert (names.count("script"), names.count("style")) == (1, 1)


def test_nothing_is_loaded_and_nothing_runs_by_attribute(outline: Outline) -> None:
    loading = {"src", "srcset", "style", "data", "action", "background", "poster", "xlink:href"}
    attributes = [(tag, name) for tag, found in outline.tags for name in found]
    assert [one for one in attributes if one[1] in loading or one[1].startswith("on")] == []
    links = [found["href"] or "" for _, found in outline.tags if "href" in found]
    assert links != []
    assert all(link.startswith("#") for link in links)
    assert {tag for tag, _ in outline.tags} & {"img", "iframe", "object", "embed", "link", "base"} == set()


def test_every_link_leads_to_a_place_of_the_page(outline: Outline) -> None:
    places = {f"#{found['id']}" for _, found in outline.tags if "id" in found}
    assert [found["href"] for _, found in outline.tags if "href" in found and found["href"] not in places] == []


def test_page_tells_verdict_sources_evidence_consequences_and_what_is_left(page: str) -> None:
    told = [
        "<h1>Violations</h1>", "4 of 8 MUSTs fail, from 2 faults.", "tray.yaml:12-14", "1 more requirement failed",
        "See it again: curl", "See it again: reproducers/page-links.sh", "reproducers/page-links.py", "confirmed",
        "the proxy drops them (Ada, until 2031-01-01)", "slow body: 12 bytes in 30 s",
        "This is the target&#x27;s second run.", "Made 4, deleted 2, left 2.", "tray 10 (DELETE was answered with 409)",
        "mockproof verify http://127.0.0.1:4010",
    ]  # fmt: skip
    assert [words for words in told if words not in page] == []


def test_page_of_a_run_without_anything_is_a_page(document: Document) -> None:
    empty = {"requirements": [], "headlines": [], "summary": {}, "timing": [], "troubles": [], "notes": []}
    things = {"created": 0, "deleted": 0, "leftovers": []}
    page = html_text({**document, **empty, "things": things, "conclusion": "incomplete", "seconds": None})
    assert "<h1>Incomplete</h1>" in page
    assert "What is broken" not in page


@pytest.fixture(scope="module")
def looked(page: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What Chromium saw of the page. Screenshots go to the folder that REPORT_SCREENSHOTS names."""
    assert shutil.which("npm"), "looking at the report needs Node 20 or newer with npm: install it, then test again"
    if not (MODULES / "node_modules" / ".package-lock.json").exists():
        subprocess.run(["npm", "ci"], cwd=MODULES, check=True, timeout=300)
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(page, encoding="utf-8")
    shots = [os.environ["REPORT_SCREENSHOTS"]] if "REPORT_SCREENSHOTS" in os.environ else []
    command = ["node", str(HERE / "browser" / "look.mjs"), str(path), str(MODULES), *shots]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=180)
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_browser_loads_the_page_and_nothing_else(looked: dict[str, Any]) -> None:
    assert set(looked["loaded"]) == {looked["expected"]}
    assert looked["title"] == "Violations: Trays at http://127.0.0.1:4010"
    assert looked["foreign"] == []


def test_browser_shows_a_hostile_body_as_text_and_runs_nothing_of_it(looked: dict[str, Any]) -> None:
    assert (looked["bodyShown"], looked["struck"], looked["dialogs"]) == (True, None, [])


def test_policy_stops_what_would_slip_in(looked: dict[str, Any]) -> None:
    assert looked["blocked"] == ["connect-src", "img-src", "script-src-elem", "style-src-attr"]
    assert looked["struckAfterwards"] is None
    # Chromium tells of each violation on the console; there is nothing else to tell.
    assert [line for line in looked["console"] if "Content Security Policy" not in line] == []


def test_filters_by_outcome_level_capability_and_words_work(looked: dict[str, Any]) -> None:
    assert (len(looked["all"]), looked["status"]) == (10, "10 of 10 shown")
    assert looked["all"][0] == "row-getTray/no-server-error"
    hidden = {"row-getTray/headers", "row-washTray/success", "row-washTray/status", "row-tray-colour"}
    assert set(looked["withoutPassAndFail"]) == hidden
    assert looked["reset"] == looked["all"]
    assert looked["should"] == ["row-tray-label"]
    assert looked["paging"] == ["row-page-links", "row-tray-is-listed"]
    assert looked["words"] == ["row-washTray/status"]
    assert looked["nothing"] == []


def test_link_to_a_requirement_shows_it_whatever_the_filter_says(looked: dict[str, Any]) -> None:
    assert looked["linked"] == looked["all"]


def test_paper_shows_evidence_and_no_programs(looked: dict[str, Any]) -> None:
    assert looked["printed"] == {"closed": 0, "programs": 2, "openPrograms": 0, "restored": True}


def test_page_works_by_keyboard_on_a_phone_and_without_script(looked: dict[str, Any]) -> None:
    assert looked["firstStop"] == "Skip to the requirements"
    assert looked["openedByKey"] is True
    assert (looked["overflow"], looked["overflowOnPhone"]) == (0, 0)
    assert looked["withoutScript"] == {"rows": 10, "filters": False}
