"""Reads an API reference page that was copied from a browser as plain text: one operation a page.

Such a page has lost all markup: what a line means follows from the heading it stands under and from its
turn. The reader therefore takes lines in order and refuses the first that it does not expect; a page
that is read to its end has been understood line by line.
"""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from urllib.parse import urlsplit

from spec.contract import METHODS
from spec.facts import Level, Reading, Source, Where
from spec.readers._notebook import Address, Notebook
from spec.readers._page import Page
from spec.readers._sample import note_shape
from spec.template import parameters_in

FORMAT = "reference-page"

_REQUEST, _URI, _RESPONSES, _SAMPLES, _MENU = "Request", "URI", "Responses", "Code Samples", "On This Page"
_PARAMETERS = {"Path Parameters": "path", "Query Parameters": "query", "Header Parameters": "header"}
_SECTIONS = frozenset({_REQUEST, _URI, _RESPONSES, _SAMPLES, _MENU, *_PARAMETERS})
_DEMAND = {"Required": True, "Optional": False}
_TYPES = frozenset({"string", "integer", "number", "boolean", "object"})
_UNDESCRIBED_HEADERS = frozenset({"content-type", "accept"})
_CODE = re.compile(r"[1-5][0-9][0-9]")
_VERBS = frozenset(method.upper() for method in METHODS)


def read(source: Source) -> Reading:
    """Facts of one reference page; raises SourceError at the first line that does not fit."""
    page = Page(Notebook(source))
    title, summary, description = _read_opening(page)
    base = _read_target(page)
    if summary:
        page.notebook.note((*base, "summary"), page.text_of(summary), summary)
    if description:
        page.notebook.note((*base, "description"), page.text_of(description), description)
    while page.peek() in _PARAMETERS:
        _read_parameters(page, base)
    _read_responses(page, base)
    if page.peek() == _SAMPLES:
        _read_code_samples(page, base)
    if page.peek() == _MENU:
        _read_menu(page, title)
    if page.peek():
        raise page.refuse("a line after the end of the page", "one page describes one operation; split the file")
    return page.notebook.reading()


def _read_opening(page: Page) -> tuple[str, Where | None, Where | None]:
    """Title, and the places of summary and description, which belong to an operation not yet known."""
    title, where = page.take("the title of the page")
    page.notebook.note_of_source(("info", "title"), title, where)
    prose: list[Where] = []
    while page.peek() not in _SECTIONS:
        prose.append(page.take(f"the section {_REQUEST!r}")[1])
    summary = prose.pop(0) if len(prose) > 1 else None
    description = Where(prose[0].first_line, prose[-1].last_line) if prose else None
    page.take_heading(_REQUEST)
    return title, summary, description


def _read_target(page: Page) -> Address:
    page.take_heading(_URI)
    verb, verb_at = page.take("a method such as GET")
    if verb not in _VERBS:
        raise page.refuse_at(verb_at, f"{verb!r} is no HTTP method", "the URI section begins with the method")
    text, where = page.take("the URL")
    try:
        url = urlsplit(text)
    except ValueError as error:
        raise page.refuse_at(where, f"{text!r} is no URL: {error}", "correct the URL") from None
    if not url.path.startswith("/"):
        raise page.refuse_at(where, f"{text!r} has no path", "the URL follows the method, on a line of its own")
    if url.netloc:
        page.notebook.note_of_source(("protocol",), url.scheme, where)
        page.notebook.note_of_source(("host",), url.netloc, where)
    base = ("paths", url.path, verb.lower())
    for place in (verb_at, where):
        page.notebook.note(base, f"{verb} {url.path}", place)
    page.skip_button()
    return base


def _read_parameters(page: Page, base: Address) -> None:
    heading, where = page.take("a heading")
    location = _PARAMETERS[heading]
    if page.peek() in _SECTIONS:
        page.note_heading(where, heading)
    while page.peek() and page.peek() not in _SECTIONS:
        _read_parameter(page, base, location, where)


def _read_parameter(page: Page, base: Address, location: str, heading: Where) -> None:
    types = _take_types(page)
    name, where = page.take("the name of a parameter")
    if location == "path" and name not in parameters_in(base[1]):
        raise page.refuse_at(where, f"{name!r} is not in the path {base[1]}", "correct the name, or the path")
    address = (*base, "parameters", f"{location}:{name}")
    page.notebook.note((*address, "name"), name, where)
    page.notebook.note((*address, "in"), location, heading)
    for keywords, told, place in types:
        page.notebook.note((*address, "schema", *keywords), told, place)
    demand, place = _take_demand(page, name)
    page.notebook.note((*address, "required"), demand, place)
    text, place = page.take(f"the description of {name}")
    page.notebook.note((*address, "description"), text, place)


def _take_types(page: Page) -> list[tuple[tuple[str, ...], str, Where]]:
    """The type lines of a parameter or member: schema keywords, value and place of each."""
    found: list[tuple[tuple[str, ...], str, Where]] = []
    while page.peek() == "array of":
        found.append(((*("items",) * len(found), "type"), "array", page.take("a type")[1]))
    name, where = page.take("a type")
    if name not in _TYPES:
        hint = f"a type is one of {', '.join(sorted(_TYPES))}, or 'array of' one of them"
        raise page.refuse_at(where, f"{name!r} where a type should stand", hint)
    return [*found, ((*("items",) * len(found), "type"), name, where)]


def _take_demand(page: Page, name: str) -> tuple[bool, Where]:
    text, where = page.take(f"'Required' or 'Optional' for {name}")
    if text not in _DEMAND:
        message = f"{text!r} where it should say whether {name} is required"
        raise page.refuse_at(where, message, "expected 'Required' or 'Optional'")
    return _DEMAND[text], where


def _read_responses(page: Page, base: Address) -> None:
    page.take_heading(_RESPONSES)
    while page.peek() and page.peek() not in _SECTIONS:
        _read_response(page, base)


def _read_response(page: Page, base: Address) -> None:
    status, where = page.take("a status code")
    if not _CODE.fullmatch(status):
        raise page.refuse_at(where, f"{status!r} where a status code should stand", "expected three digits")
    code = (*base, "responses", status)
    page.notebook.note(code, status, where)
    if page.peek() != "Returns":
        phrase, where = page.take("the reason phrase of the status code")
        page.notebook.note((*code, "description"), phrase, where)
    if page.peek() == "Returns":
        _read_body(page, code)


def _read_body(page: Page, code: Address) -> None:
    page.take_heading("Returns")
    title, where = page.take("the name of what is returned")
    page.take_heading("of type(s)")
    media_type, place = page.take("a media type")
    if "/" not in media_type:
        raise page.refuse_at(place, f"{media_type!r} is no media type", "expected something like application/json")
    content = (*code, "content", media_type)
    page.notebook.note(content, media_type, place)
    page.notebook.note((*content, "schema", "title"), title, where)
    if page.peek().startswith(("{", "[")):
        note_shape(page.notebook, (*content, "schema"), page.take_json(), Level.STATED, types_only=True)
    required: list[tuple[str, Where]] = []
    while page.peek() == "array of" or page.peek() in _TYPES:
        required += _read_member(page, (*content, "schema"))
    for _, where in required:
        page.notebook.note((*content, "schema", "required"), [name for name, _ in required], where)


def _read_member(page: Page, schema: Address) -> list[tuple[str, Where]]:
    """Facts of one described member of the body; its name and place again if it is required."""
    types = _take_types(page)
    name, where = page.take("the name of a member")
    address = (*schema, "properties", name)
    page.notebook.note(address, name, where)
    for keywords, told, place in types:
        page.notebook.note((*address, *keywords), told, place)
    demand, place = _take_demand(page, name)
    text, text_at = page.take(f"the description of {name}")
    page.notebook.note((*address, "description"), text, text_at)
    if demand:
        return [(name, place)]
    page.notebook.note((*address, "x-optional"), True, place)
    return []


def _read_code_samples(page: Page, base: Address) -> None:
    page.take_heading(_SAMPLES)
    page.skip_button()
    while page.peek() and page.peek() not in _SECTIONS:
        text, where = page.take("a code sample")
        while text.endswith("\\"):
            more, last = page.take("the rest of the command")
            text, where = text[:-1] + more, Where(where.first_line, last.last_line)
        if not text.startswith("curl "):
            raise page.refuse_at(where, "a code sample that is no curl command", "keep the curl sample only")
        _read_curl(page, base, text, where)
        page.skip_button()


def _read_curl(page: Page, base: Address, command: str, where: Where) -> None:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise page.refuse_at(where, f"the command cannot be read: {error}", "check its quotes") from None
    page.notebook.note_of_source(("example", "command"), command, where)
    for flag, value in pairwise(words):
        if flag in ("-H", "--header"):
            name, _, given = value.partition(":")
            _read_header(page, base, name.strip(), given.strip(), where)
    for word in words:
        host = re.match(r"https?://(\{[^}]*\})", word)
        if host:
            page.notebook.note_of_source(("placeholder", "host"), host.group(1), where)
            page.notebook.mend("placeholder-value", where, f"the host {host.group(1)!r} is no example")


def _read_header(page: Page, base: Address, name: str, given: str, where: Where) -> None:
    if name.lower() in _UNDESCRIBED_HEADERS:
        return
    address = (*base, "parameters", f"header:{name}")
    page.notebook.note((*address, "name"), name, where)
    page.notebook.note((*address, "in"), "header", where)
    if re.fullmatch(r"<[^>]*>", given):
        page.notebook.note_of_source(("placeholder", name), given, where)
        page.notebook.mend("placeholder-value", where, f"the value {given!r} of {name} is no example")


def _read_menu(page: Page, own_title: str) -> None:
    """The menu names operations by method and title; it gives no path, so nothing more is known of them."""
    page.take_heading(_MENU)
    while page.peek():
        text, where = page.take("an entry of the menu")
        if text not in _VERBS:
            if text in _SECTIONS:
                raise page.refuse_at(where, f"a second section {text!r}", "one page describes one operation")
            page.note_heading(where, text)
            continue
        title, title_at = page.take(f"the title of the operation after {text}")
        entry = Where(where.first_line, title_at.last_line)
        if title == own_title:
            page.note_heading(entry, f"{text} {title}")
        else:
            page.notebook.note(("known", text.lower(), title), title, entry)
