"""Lists: which items somebody sees, filtered, in order, and cut into pages."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockserver.fitting import fit
from mockserver.paging import (
    Cut,
    cut_after_marker,
    cut_limit,
    cut_pages,
    items_of,
    link_header,
    link_member,
    marker_entry,
)
from mockserver.plan import sight_of
from mockserver.store import Collection, Condition, Selection
from spec.errors import ContractError

if TYPE_CHECKING:
    from mockserver.exchange import Context, Reply
    from mockserver.plan import Plan
    from spec.contract import Page

_PLAIN: Final = ("string", "integer", "number", "boolean")
_STYLES: Final = (None, "page-number", "limit", "marker")


class Listing:
    """Answers one list operation."""

    def __init__(self, plan: Plan) -> None:
        page = plan.operation.page
        if page is not None and page.style not in _STYLES:
            raise ContractError(
                f"{plan.operation.id} cuts its list in a style we do not know: {page.style!r}",
                hint="use page-number, limit or marker in x-page",
            )
        self._plan = plan
        self._page = page
        id_field = plan.shape.resource.id
        wanted = page.order_by if page is not None else id_field
        # A list of things without a schema, or one that orders by what they lack, is in the order of ids.
        self._order_by = wanted if wanted in plan.shape.properties else id_field
        self._filters = _filters(plan, page)

    def answer(self, context: Context) -> Reply:
        """One page of the list that the path means, as the asking identity sees it."""
        plan, parent = self._plan, self._plan.reach(context)
        collection = context.workspace.store.collection(plan.shape.name, parent)
        wanted = self._condition(context)
        if any(name in plan.progress.volatile for name, _ in wanted):
            # What an item's state is now, no index knows: it changes without a write.
            collection = Collection(plan.current(context, entry) for entry in collection)
        selection = collection.select(self._order_by, (*sight_of(context.identity, plan.shape), *wanted))
        cut = self._cut(context, collection, selection)
        descending = self._page is not None and self._page.descending
        items = [dict(plan.current(context, entry).fields) for entry in items_of(cut, selection, descending=descending)]
        return self._reply(context, items, cut)

    def _condition(self, context: Context) -> Condition:
        asked = ((name, context.query.get(name)) for name in self._filters)
        return tuple((name, self._allowed(name, value)) for name, value in asked if value is not None)

    def _allowed(self, name: str, value: Any) -> frozenset[Any]:
        schema = self._plan.shape.properties[name]
        values = value if isinstance(value, list) else [value]
        return frozenset(fit(schema, one) for one in values if not isinstance(one, list | dict))

    def _cut(self, context: Context, collection: Collection, selection: Selection) -> Cut:
        page, total = self._page, len(selection)
        if page is None or page.style is None:
            size = page.default_size if page else None
            return Cut(0, total if size is None else min(size, total), total, {})
        if page.style == "page-number":
            return cut_pages(page, context.query, total)
        if page.style == "limit":
            return cut_limit(page, context.query, total)
        marker = context.query.get(page.marker_parameter or "marker")
        if marker is None:
            return cut_after_marker(page, self._order_by, context.query, selection, None)
        identifier = self._plan.shape.identify(marker)
        known = collection.get(identifier) if identifier is not None else None
        marked = marker_entry(self._order_by, identifier if identifier is not None else marker, known)
        return cut_after_marker(page, self._order_by, context.query, selection, marked)

    def _reply(self, context: Context, items: list[dict[str, Any]], cut: Cut) -> Reply:
        page, headers = self._page, dict[str, str]()
        if page is not None and page.link_header and (links := link_header(page, context.address, cut)):
            headers[page.link_header] = links
        if page is not None and page.total_header:
            headers[page.total_header] = str(cut.total)
        reply = self._plan.reply(items, headers)
        beside = link_member(page, context.address, cut) if page is not None and page.link_member else []
        if page is not None and beside and isinstance(reply.body, dict):
            reply.body[page.link_member or "links"] = beside
        return reply


def _filters(plan: Plan, page: Page | None) -> tuple[str, ...]:
    """Query parameters that are named after a field with plain values, unless they ask for a page."""
    paging = {page.page_parameter, page.size_parameter, page.marker_parameter} if page else set()
    names = (parameter.name for parameter in plan.operation.parameters if parameter.location == "query")
    properties = plan.shape.properties
    return tuple(n for n in names if n not in paging and properties.get(n, {}).get("type") in _PLAIN)
