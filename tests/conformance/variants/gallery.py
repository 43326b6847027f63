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
from mockserver.sending import App
from spec.contract_reader import contract_from, load_contract
from spec.fixtures import load_fixtures
from tests.conformance.variants.wire import Answered, Asked, rewriting

OVERLAYS = Path(__file__).with_name("overlays")
DOCUMENTED, FULL = "documented", "full"


Edit = Callable[[dict[str, Any]], None]
Wrap = Callable[[App], App]


@dataclass(frozen=True, slots=True)
class Variant:
    """One legal variant: a mock of an edited contract, or one whose requests and answers are rewritten.

    contradicts: the forms of the contract whose letter it breaks, so that it fails there without its overlay.
    """

    name: str
    contradicts: frozenset[str] = frozenset()
    edit: Edit | None = None
    wrap: Wrap | None = None

    @property
    def overlay(self) -> Path | None:
        """The overlay of its declaration, if it needs one."""
        path = OVERLAYS / f"{self.name}.yaml"
        return path if path.is_file() else None


def serve(*variants: Variant) -> App:
    """A fresh mock of the packaged contract that differs from it in all these ways; in none, without any."""
    contract = load_contract()
    fixtures = load_fixtures(contract)
    document: dict[str, Any] = _copied(contract.document)
    for variant in variants:
        if variant.edit is not None:
            variant.edit(document)
    app: App = create_app(contract_from(document, contract.data, contract.title), fixtures)
    for variant in variants:
        if variant.wrap is not None:
            app = variant.wrap(app)
    return app


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
        is_blob = asked.path.endswith("/blob")  # somebody's bytes, not the vendor's to write
        data = answered.data if answered.status < 300 and not is_blob else None
        return answered if data is None else answered.with_data(change(asked, data))

    return after


# ids of another type

_MARKER = re.compile(r"(?<=marker=)[^&]+")


def integer_ids(app: App) -> App:
    """Ids that the contract has as texts are integers, in the same order."""
    items = load_fixtures(load_contract()).items
    texts = sorted(str(item.key[-1]) for name in ("database_backup", "service_instance_backup") for item in items[name])
    numbers = {text: number for number, text in enumerate(texts, 1)}
    names = {str(number): text for text, number in numbers.items()}

    def numbered(thing: dict[str, Any]) -> dict[str, Any]:
        return {key: numbers.get(value, value) if key in ("id", "parent_id") else value for key, value in thing.items()}

    def change(asked: Asked, data: Any) -> Any:
        if not asked.path.startswith(("/v1.0/", "/v3/")):
            return data
        changed = _walked(data, numbered)
        for link in changed.get("links", ()):
            link["href"] = re.sub(
                r"(?<=marker=)[^&]+", lambda found: str(numbers.get(found[0], found[0])), link["href"]
            )
        return changed

    def before(asked: Asked) -> Asked:
        if asked.path.startswith("/v1/") or "marker=" not in asked.query:
            return asked
        return replace(
            asked, query=re.sub(r"(?<=marker=)\d+", lambda found: names.get(found[0], found[0]), asked.query)
        )

    return rewriting(app, before, _in_success(change))


_NUMBERS = ("id", "backup_instance_id", "backup_run_id")
_TEXT_ID = re.compile(r"n-(\d{6})")


def text_ids(app: App) -> App:
    """Ids that the contract has as integers are texts."""

    def spelled(thing: dict[str, Any]) -> dict[str, Any]:
        return {key: f"n-{value:06d}" if key in _NUMBERS else value for key, value in thing.items()}

    def unspelled(text: str) -> str:
        found = _TEXT_ID.fullmatch(text)
        return str(int(found[1])) if found else f"unknown-{text}" if text.isdecimal() else text

    def after(asked: Asked, answered: Answered) -> Answered:
        if not asked.path.startswith("/v1/"):
            return answered
        changed = _in_success(lambda _asked, data: _walked(data, spelled))(asked, answered)
        link = changed.headers.get("link", "")
        linked = re.sub(r"(?<=/)\d+(?=[/?>])", lambda found: f"n-{int(found[0]):06d}", link)
        return replace(changed, headers={**changed.headers, "link": linked}) if link else changed

    def before(asked: Asked) -> Asked:
        if not asked.path.startswith("/v1/"):
            return asked
        head, *rest = asked.path.removeprefix("/v1/").split("/")
        path = "/".join(("/v1", head, *map(unspelled, rest)))
        fields = parse_qsl(asked.body.decode("latin-1"), keep_blank_values=True)
        named = [(name, unspelled(value) if name.endswith("[backup_run_id]") else value) for name, value in fields]
        return replace(asked, path=path, body=urlencode(named).encode() if named != fields else asked.body)

    return rewriting(app, before, after)


# other statuses


def created_201(app: App) -> App:
    """A create answers 201 where the contract says 200."""

    def after(asked: Asked, answered: Answered) -> Answered:
        is_create = asked.method == "POST" and not asked.path.endswith("/reauth") and answered.status == 200
        return replace(answered, status=201) if is_create else answered

    return rewriting(app, after=after)


def refused_400(app: App) -> App:
    """What is wrong with a request is told with 400, never with 422."""
    return rewriting(
        app, after=lambda _asked, answered: replace(answered, status=400) if answered.status == 422 else answered
    )


def forbidden_403(document: dict[str, Any]) -> None:
    """What belongs to somebody else is forbidden, where the contract hides it, and hidden, where it forbids it."""
    other = {"not-found": "forbidden", "forbidden": "not-found"}
    for resource in document["x-resources"].values():
        if "foreign" in resource:
            resource["foreign"] = other[resource["foreign"]]


# other bodies


def wrapped_lists(app: App) -> App:
    """A list that the contract has bare comes as {"items": […]}."""
    return rewriting(app, after=_in_success(lambda _asked, data: {"items": data} if isinstance(data, list) else data))


_ZONED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z")


def zoneless_times(app: App) -> App:
    """Times without a zone."""

    def unzoned(thing: dict[str, Any]) -> dict[str, Any]:
        return {
            key: value[:-1] if isinstance(value, str) and _ZONED.fullmatch(value) else value
            for key, value in thing.items()
        }

    return rewriting(app, after=_in_success(lambda _asked, data: _walked(data, unzoned)))


def text_errors(app: App) -> App:
    """Refusals in plain text."""

    def after(_asked: Asked, answered: Answered) -> Answered:
        if answered.status < 400:
            return answered
        headers = {**answered.headers, "content-type": "text/plain; charset=utf-8"}
        return replace(answered, headers=headers, body=f"Error {answered.status}\n".encode())

    return rewriting(app, after=after)


def extra_fields(app: App) -> App:
    """Every object has fields that no contract knows."""

    def extended(thing: dict[str, Any]) -> dict[str, Any]:
        return {**thing, "x_vendor": {"region": "north", "tags": []}, "_etag": None}

    def after(asked: Asked, answered: Answered) -> Answered:
        data = None if asked.path.endswith("/blob") and answered.status < 300 else answered.data
        return answered if data is None else answered.with_data(_walked(data, extended))

    return rewriting(app, after=after)


# other numbers


def page_sizes(document: dict[str, Any]) -> None:
    """Pages of ten by default, and of fifty at most."""
    for path in document["paths"].values():
        page = path.get("get", {}).get("x-page", {})
        if page.get("size", {}).get("default"):
            page["size"].update(default=10, maximum=50)
            size = next(one for one in path["get"]["parameters"] if one["name"] == "per_page")
            size["schema"].update(default=10, maximum=50)


def slow_jobs(document: dict[str, Any]) -> None:
    """Every state of a job lasts three seconds by the clock on the wall."""
    for schema in document["components"]["schemas"].values():
        durations = schema.get("x-lifecycle", {}).get("durations", {})
        durations.update(dict.fromkeys(durations, 3))


VARIANTS = (
    Variant("integer-ids", frozenset({DOCUMENTED, FULL}), wrap=integer_ids),
    Variant("text-ids", frozenset({FULL}), wrap=text_ids),
    Variant("created-201", frozenset({FULL}), wrap=created_201),
    Variant("page-sizes", frozenset({DOCUMENTED, FULL}), edit=page_sizes),
    Variant("zoneless-times", frozenset({FULL}), wrap=zoneless_times),
    Variant("slow-jobs", edit=slow_jobs),
    Variant("extra-fields", frozenset({FULL}), wrap=extra_fields),
    Variant("wrapped-lists", frozenset({FULL}), wrap=wrapped_lists),
    Variant("refused-400", wrap=refused_400),
    Variant("forbidden-403", frozenset({FULL}), edit=forbidden_403),
    Variant("text-errors", frozenset({DOCUMENTED, FULL}), wrap=text_errors),
)
