"""Parts of the HTML report that tell one failure: what was expected and seen, the exchange, how to see it again."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from conformance.exchange.decoding import UnreadableError, read_json
from conformance.reporting.element import Markup, element, joined
from conformance.reporting.story import Entry, Fault, shortened

_LONGEST: Final = 20_000
"""Characters of one text that are shown; a ledger cuts bodies long before, but not what a vendor puts elsewhere."""


def fault_card(fault: Fault) -> Markup:
    """The card of one headline, with its consequences."""
    entry = fault.entry
    warning = entry["level"] != "MUST"
    return element(
        "section",
        element("div", mark(entry), element("h3", element("code", entry["id"])), level_mark(entry), class_="head"),
        element("p", entry["text"]),
        source_quotes(entry),
        (failure_part(failure) for failure in entry["failures"]),
        _consequences(fault),
        class_=f"card fault{' warning' if warning else ''}",
        id=f"fault-{entry['id']}",
    )


def mark(entry: Entry) -> Markup:
    """The outcome of a requirement as a label."""
    return label(entry["verdict"])


def label(word: str, text: str | None = None) -> Markup:
    """A label coloured by a word and telling it, or another text."""
    return element("span", text or word, class_=f"mark {word.replace(' ', '-')}")


def level_mark(entry: Entry) -> Markup:
    """The level of a requirement as a label."""
    return element("span", entry["level"], class_="mark")


def link_to(entry: Entry) -> Markup:
    """A link to the row of a requirement."""
    return element("a", element("code", entry["id"]), href=f"#row-{quote(entry['id'])}")


def source_quotes(entry: Entry) -> Markup:
    """What the sources say, with file and lines."""
    return joined(
        element(
            "blockquote",
            element("p", shortened(" ".join(one["text"].split()), 1000)),
            element("footer", element("code", f"{one['file']}:{one['lines']}")),
        )
        for one in entry["sources"]
    )


def failure_part(failure: Mapping[str, Any]) -> Markup:
    """One failure of a requirement."""
    times = f"{failure['times']} times" if failure["times"] > 1 else None
    proof = failure.get("reproduction")
    return element(
        "div",
        element(
            "div",
            element("code", failure["operation"]),
            element("span", failure["code"], class_="faint"),
            element("span", times, class_="faint") if times else None,
            label(proof["status"]) if proof else None,
            class_="head",
        ),
        element(
            "dl",
            element("dt", "expected"),
            element("dd", shortened(failure["expected"], _LONGEST)),
            element("dt", "seen"),
            element("dd", shortened(failure["seen"], _LONGEST)),
            class_="versus",
        ),
        _again(failure),
        _exchange(failure) if "request" in failure else None,
        class_="failure",
    )


def copied(text: str, longest: int = _LONGEST) -> Markup:
    """A block of text with, once the script runs, a button that copies it."""
    return element("div", block(text, longest), class_="copied")


def block(text: str, longest: int = _LONGEST) -> Markup:
    """A block of text as it is, up to so many characters; it can be scrolled by keyboard."""
    return element("pre", shortened(text, longest), tabindex=0)


def _again(failure: Mapping[str, Any]) -> Markup:
    parts = [("curl", copied(failure["curl"]))] if failure.get("curl") else []
    proof = failure.get("reproduction")
    if proof:
        # A program that was cut short is none.
        files = ((proof["files"][form], proof[form]) for form in ("shell", "pytest"))
        parts += [(name, copied(text, longest=len(text))) for name, text in files]
    return joined(
        element(
            "details",
            element("summary", f"See it again: {name}"),
            text,
            open=name == "curl",
            class_=None if name == "curl" else "program",
        )
        for name, text in parts
    )


def _exchange(failure: Mapping[str, Any]) -> Markup:
    answer = failure["answer"]
    told = f"status {answer['status']}" if answer else failure["trouble"] or "no answer"
    return element(
        "details",
        element("summary", f"Request and answer ({failure['exchange']}, {told})"),
        element("p", "Request", class_="faint"),
        block("\n".join(_request(failure["request"]))),
        element("p", "Answer", class_="faint"),
        block("\n".join(_answer(answer)) if answer else told),
    )


def _request(request: Mapping[str, Any]) -> Iterator[str]:
    yield f"{request['method']} {request['target']}"
    yield from _rest(request)


def _answer(answer: Mapping[str, Any]) -> Iterator[str]:
    yield f"status {answer['status']}, {answer['bytes']} bytes in {answer['seconds'] * 1000:.0f} ms"
    yield from _rest(answer)


def _rest(message: Mapping[str, Any]) -> Iterator[str]:
    for name, value in message["headers"].items():
        yield f"{name}: {value}"
    if message["body"]:
        yield ""
        yield _readable(message["body"])


def _readable(body: str) -> str:
    """A JSON body with line breaks, any other as it is."""
    if not body.lstrip().startswith(("{", "[")):
        return body
    try:
        return json.dumps(read_json(body), indent=2, ensure_ascii=False)
    except UnreadableError:
        return body


def _consequences(fault: Fault) -> Markup | None:
    if not fault.consequences:
        return None
    count = len(fault.consequences)
    return element(
        "details",
        element("summary", f"{count} more requirement{'s' if count > 1 else ''} failed with it"),
        element(
            "ul",
            (element("li", link_to(entry), f" {entry['level']}: {rule}") for entry, rule in fault.consequences),
            class_="plain",
        ),
    )
