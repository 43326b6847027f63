"""Legal variants of the packaged mock: targets that differ from it where no source forbids it, each with its overlay.

A vendor may number what others name, wrap a list, tell times without a zone. None of that is a violation: by the
documented form of the contract either nobody says otherwise, or the vendor says so in an overlay. A variant whose
form an enforced contract does contradict must fail without its overlay; otherwise the declaration would be idle.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from mockserver.app import create_app
from mockserver.clock import Clock
from mockserver.sending import App
from spec.contract_reader import contract_from, load_contract
from spec.fixtures import load_fixtures
from tests.conformance.variants.wire import Answered, Asked, rewriting

OVERLAYS = Path(__file__).with_name("overlays")
DOCUMENTED, FULL = "documented", "full"


@dataclass(frozen=True, slots=True)
class Variant:
    """One legal variant. serve: makes the target. overlay: whether its declaration has one, named like it.

    contradicts: the forms of the contract whose letter it breaks, so that it fails there without its overlay.
    """

    name: str
    text: str
    serve: Callable[[], App]
    contradicts: frozenset[str] = frozenset()

    @property
    def overlay(self) -> Path | None:
        """The overlay of its declaration, if it needs one."""
        path = OVERLAYS / f"{self.name}.yaml"
        return path if path.is_file() else None


Edit = Callable[[dict[str, Any]], None]


def mock(*edits: Edit, rate: float = 60.0) -> App:
    """A fresh mock of the packaged contract, edited, whose jobs of half a minute take half a second."""
    contract = load_contract()
    if edits:
        document: dict[str, Any] = _copied(contract.document)
        for edit in edits:
            edit(document)
        contract = contract_from(document, contract.data, contract.title)
    fixtures = load_fixtures(load_contract())
    return create_app(contract, fixtures, clock=Clock(fixtures.now, rate))


def _copied(node: Any) -> Any:
    if isinstance(node, dict):
        return {name: _copied(value) for name, value in node.items()}
    return [_copied(value) for value in node] if isinstance(node, list) else node


def _walked(node: Any, change: Callable[[dict[str, Any]], dict[str, Any]]) -> Any:
    """The data with every object in it changed, innermost first."""
    if isinstance(node, dict):
        return change({name: _walked(value, change) for name, value in node.items()})
    return [_walked(value, change) for value in node] if isinstance(node, list) else node


def _in_success(change: Callable[[Asked, Any], Any]) -> Callable[[Asked, Answered], Answered]:
    """Changes the JSON of answers that are no refusals."""

    def after(asked: Asked, answered: Answered) -> Answered:
        data = answered.data if answered.status < 300 else None
        return answered if data is None else answered.with_data(change(asked, data))

    return after


# ids of another type


def integer_ids() -> App:
    """Ids that the contract has as texts are integers, in the same order."""
    items = load_fixtures(load_contract()).items
    texts = sorted(str(item.key[-1]) for name in ("database_backup", "service_instance_backup") for item in items[name])
    numbers = {text: number for number, text in enumerate(texts, 1)}
    names = {str(number): text for text, number in numbers.items()}

    def numbered(thing: dict[str, Any]) -> dict[str, Any]:
        return {key: numbers.get(value, value) if key in ("id", "parent_id") else value for key, value in thing.items()}

    def change(asked: Asked, data: Any) -> Any:
        if asked.path.startswith("/v1/"):
            return data
        changed = _walked(data, numbered)
        for link in changed.get("links", ()):
            link["href"] = re.sub(r"(?<=marker=)[^&]+", lambda found: str(numbers.get(found[0], found[0])), link["href"])
        return changed

    def before(asked: Asked) -> Asked:
        if asked.path.startswith("/v1/") or "marker=" not in asked.query:
            return asked
        return replace(asked, query=re.sub(r"(?<=marker=)\d+", lambda found: names.get(found[0], found[0]), asked.query))

    return rewriting(mock(), before, _in_success(change))


_NUMBERS = ("id", "backup_instance_id", "backup_run_id")
_TEXT_ID = re.compile(r"n-(\d{6})")


def text_ids() -> App:
    """Ids that the contract has as integers are texts."""

    def spelled(thing: dict[str, Any]) -> dict[str, Any]:
        return {key: f"n-{value:06d}" if key in _NUMBERS else value for key, value in thing.items()}

    def unspelled(text: str) -> str:
        found = _TEXT_ID.fullmatch(text)
        return str(int(found[1])) if found else f"unknown-{text}" if text.isdecimal() else text

    def change(asked: Asked, data: Any) -> Any:
        return _walked(data, spelled) if asked.path.startswith("/v1/") else data

    def before(asked: Asked) -> Asked:
        if not asked.path.startswith("/v1/"):
            return asked
        head, *rest = asked.path.removeprefix("/v1/").split("/")
        path = "/".join(("/v1", head, *map(unspelled, rest)))
        fields = parse_qsl(asked.body.decode("latin-1"), keep_blank_values=True)
        named = [(name, unspelled(value) if name.endswith("[backup_run_id]") else value) for name, value in fields]
        return replace(asked, path=path, body=urlencode(named).encode() if named != fields else asked.body)

    return rewriting(mock(), before, _in_success(change))


# other statuses


def created_201() -> App:
    """A create answers 201 where the contract says 200."""

    def after(asked: Asked, answered: Answered) -> Answered:
        is_create = asked.method == "POST" and not asked.path.endswith("/reauth") and answered.status == 200
        return replace(answered, status=201) if is_create else answered

    return rewriting(mock(), after=after)


def refused_400() -> App:
    """What is wrong with a request is told with 400, never with 422."""
    return rewriting(
        mock(), after=lambda _asked, answered: replace(answered, status=400) if answered.status == 422 else answered
    )


def forbidden_403() -> App:
    """What belongs to somebody else is forbidden, where the contract hides it, and hidden, where it forbids it."""
    other = {"not-found": "forbidden", "forbidden": "not-found"}

    def edit(document: dict[str, Any]) -> None:
        for resource in document["x-resources"].values():
            if "foreign" in resource:
                resource["foreign"] = other[resource["foreign"]]

    return mock(edit)


# other bodies


def wrapped_lists() -> App:
    """A list that the contract has bare comes as {"items": […]}."""
    return rewriting(mock(), after=_in_success(lambda _asked, data: {"items": data} if isinstance(data, list) else data))


_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def zoneless_times() -> App:
    """Times without a zone."""

    def unzoned(thing: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value[:-1] if isinstance(value, str) and _ZONED.fullmatch(value) else value
            for key, value in thing.items()
        }

    return rewriting(mock(), after=_in_success(lambda _asked, data: _walked(data, unzoned)))


def text_errors() -> App:
    """Refusals in plain text."""

    def after(_asked: Asked, answered: Answered) -> Answered:
        if answered.status < 400:
            return answered
        headers = {**answered.headers, "content-type": "text/plain; charset=utf-8"}
        return replace(answered, headers=headers, body=f"Error {answered.status}\n".encode())

    return rewriting(mock(), after=after)


def extra_fields() -> App:
    """Every object has fields that no contract knows."""

    def extended(thing: dict[str, Any]) -> dict[str, Any]:
        return {**thing, "x_vendor": {"region": "north", "tags": []}, "_etag": None}

    def after(_asked: Asked, answered: Answered) -> Answered:
        data = answered.data
        return answered if data is None else answered.with_data(_walked(data, extended))

    return rewriting(mock(), after=after)


# other numbers


def page_sizes() -> App:
    """Pages of ten by default, and of fifty at most."""

    def edit(document: dict[str, Any]) -> None:
        for path in document["paths"].values():
            page = path.get("get", {}).get("x-page", {})
            if page.get("size", {}).get("default"):
                page["size"].update(default=10, maximum=50)
                size = next(one for one in path["get"]["parameters"] if one["name"] == "per_page")
                size["schema"].update(default=10, maximum=50)

    return mock(edit)


def slow_jobs() -> App:
    """Every state of a job lasts three seconds by the clock on the wall."""

    def edit(document: dict[str, Any]) -> None:
        for schema in document["components"]["schemas"].values():
            durations = schema.get("x-lifecycle", {}).get("durations", {})
            durations.update(dict.fromkeys(durations, 3))

    return mock(edit, rate=1.0)


VARIANTS = (
    Variant("integer-ids", "ids are integers where the contract has texts", integer_ids, frozenset({DOCUMENTED, FULL})),
    Variant("text-ids", "ids are texts where the contract has integers", text_ids, frozenset({FULL})),
    Variant("created-201", "201 for a create where the contract says 200", created_201, frozenset({FULL})),
    Variant("wrapped-lists", "lists in an envelope", wrapped_lists, frozenset({FULL})),
    Variant("page-sizes", "another default and maximum of pages", page_sizes, frozenset({DOCUMENTED, FULL})),
    Variant("zoneless-times", "times without a zone", zoneless_times, frozenset({FULL})),
    Variant("text-errors", "refusals in plain text", text_errors, frozenset({DOCUMENTED, FULL})),
    Variant("slow-jobs", "states of jobs that last three seconds", slow_jobs),
    Variant("extra-fields", "more fields than the contract has", extra_fields, frozenset({FULL})),
    Variant("refused-400", "400 instead of 422", refused_400),
    Variant("forbidden-403", "403 instead of 404 for what is foreign", forbidden_403),
)
