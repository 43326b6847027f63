"""How a list is cut, told from the names of its query parameters, members and header fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from spec.inference_answer import headers_of
from spec.pointer import resolve_pointer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spec.contract import JsonObject
    from spec.inference_answer import ListShape

_SIZES: Final = ("limit", "perpage", "pagesize", "size", "count", "top", "maxresults", "maxitems")
_PAGES: Final = ("page", "pagenumber", "pageno", "pagenum")
_CURSORS: Final = ("cursor", "pagetoken", "nexttoken", "continuationtoken", "continue", "after")
_NEXT: Final = ("nextcursor", "nextpagetoken", "nexttoken", "continuationtoken", "cursor", "next")
_TOTALS: Final = ("total", "totalcount", "totalitems", "count")
_TOTAL_HEADERS: Final = ("xtotalcount", "xtotal")


def infer_page(
    document: JsonObject, path_item: JsonObject, identifier: str, shape: ListShape
) -> tuple[JsonObject, str]:
    """The `x-page` of a GET on a collection, and why."""
    raw = path_item["get"]
    nodes = (*path_item.get("parameters", ()), *raw.get("parameters", ()))
    parameters = [resolve_pointer(document, node["$ref"]) if "$ref" in node else node for node in nodes]
    query = {node["name"]: node for node in parameters if node.get("in") == "query"}
    size, page = _named(query, _SIZES), _named(query, _PAGES)
    cursor, marker = _named(query, _CURSORS), _named(query, ("marker",))
    member = _named(shape.members, _NEXT)
    found: dict[str, Any] = {"style": None, "order": {"field": identifier}}
    if size:
        schema = query[size].get("schema", {})
        schema = resolve_pointer(document, schema["$ref"]) if "$ref" in schema else schema
        told = {"default": schema.get("default"), "maximum": schema.get("maximum")}
        found["size"] = {"parameter": size, **{key: value for key, value in told.items() if isinstance(value, int)}}
    if page:
        found |= {"style": "page-number", "page": {"parameter": page}}
    elif cursor:
        found |= {"style": "cursor", "cursor": {"parameter": cursor, **({"member": member} if member else {})}}
    elif marker:
        found |= {"style": "marker", "marker": {"parameter": marker}}
    elif size:
        found["style"] = "limit"
    total = _totals(document, raw, shape)
    if total:
        found["total"] = total
    if any(name.lower() == "link" for name in headers_of(document, raw)):
        found["links"] = {"header": "Link"}
    names = [name for name in (page or cursor or marker, size) if name]
    why = f"it is cut into pages by {' and '.join(names)}" if names else "no parameter asks for a page, so it is whole"
    return found, why


def _totals(document: JsonObject, raw: JsonObject, shape: ListShape) -> dict[str, str]:
    header = _named(headers_of(document, raw), _TOTAL_HEADERS)
    member = _named(shape.members, _TOTALS)
    return {**({"header": header} if header else {}), **({"member": member} if member else {})}


def _named(names: Iterable[str] | Mapping[str, Any], wanted: tuple[str, ...]) -> str | None:
    """The name that says one of these things, however it is written; the first thing wins."""
    plain = {name.replace("_", "").replace("-", "").replace("$", "").lower(): name for name in names}
    return next((plain[word] for word in wanted if word in plain), None)
