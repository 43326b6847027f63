"""Lists: which items somebody sees, filtered, in order, and cut into pages."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation
from mockserver.plan import sight_of
from mockserver.resource.cursor import name_list
from mockserver.resource.fitting import fit
from mockserver.resource.paging import (
    Cut,
    cut_after_cursor,
    cut_after_marker,
    cut_limit,
    cut_pages,
    items_of,
    link_header,
    link_member,
    marker_entry,
)
from mockserver.state.collection import Collection, Condition, Selection
from mockserver.state.fields import Items
from spec.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.exchange import Context, Reply
    from mockserver.plan import Plan
    from mockserver.state.collection import Key
    from spec.contract import Page

_PLAIN: Final = ("string", "integer", "number", "boolean")
_STYLES: Final = (None, "page-number", "limit", "marker", "cursor")


class Listing:
    """Answers one list operation."""

    def __init__(self, plan: Plan) -> None:
        page = plan.operation.page
        if page is not None and page.style not in _STYLES:
            raise ContractError(
                f"{plan.operation.id} cuts its list in a style we do not know: {page.style!r}",
                hint="use page-number, limit, marker or cursor in x-page",
            )
        self._plan = plan
        self._page = page
        id_field = plan.shape.resource.id
        wanted = page.order_by if page is not None else id_field
        # A list of things without a schema, or one that orders by what they lack, is in the order of ids.
        self._order_by = wanted if wanted in plan.shape.properties else id_field
        self._filters = _filters(plan, page)
        self._volatile = plan.progress.volatile
        self._is_still = plan.progress.is_still

    def answer(self, context: Context) -> Reply:
        """One page of the list that the path means, as the asking identity sees it."""
        plan, parent = self._plan, self._plan.reach(context)
        collection = context.workspace.store.collection(plan.shape.name, parent)
        page, order_by = self._page, self._order_by
        if page is not None and page.sort_parameter is not None:
            page, order_by = self._sorted(context, page)
        wanted = self._condition(context) if self._filters and context.query else ()
        if self._volatile and (order_by in self._volatile or any(name in self._volatile for name, _ in wanted)):
            # What an item's state is now, no index knows: it changes without a write.
            collection = Collection(plan.current(context, entry) for entry in collection)
        condition = sight_of(context.identity, plan.shape)
        if wanted:
            condition = (*condition, *wanted)
        selection = collection.select(order_by, condition)
        cut = self._cut(context, page, order_by, collection, selection, (parent, condition))
        descending = page is not None and page.descending
        if self._is_still:
            place = (cut.total - cut.stop, cut.total - cut.start) if descending else (cut.start, cut.stop)
            return self._reply(context, Items(selection.stretch(*place, backwards=descending)), cut)
        entries = items_of(cut, selection, descending=descending)
        return self._reply(context, [plan.current(context, entry).fields for entry in entries], cut)

    def _sorted(self, context: Context, page: Page) -> tuple[Page, str]:
        """The order that the client asks for: a field, with a minus sign before it to turn the order round."""
        asked = context.query.get(page.sort_parameter or "")
        if not isinstance(asked, str) or asked == "":
            return page, self._order_by
        field = asked.removeprefix("-")
        if field not in self._plan.shape.properties:
            told = "is no field to order by"
            violation = Violation("query", page.sort_parameter or "", "sort", told, shorten(asked, 60))
            raise Refusal("invalid-request", f"query {page.sort_parameter}: {told}", violations=(violation,))
        return replace(page, descending=asked.startswith("-")), field

    def _condition(self, context: Context) -> Condition:
        asked = ((field, context.query.get(name)) for name, field in self._filters.items())
        return tuple((field, self._allowed(field, value)) for field, value in asked if value is not None)

    def _allowed(self, name: str, value: Any) -> frozenset[Any]:
        schema = self._plan.shape.properties[name]
        values = value if isinstance(value, list) else [value]
        return frozenset(fit(schema, one) for one in values if not isinstance(one, list | dict))

    def _cut(
        self,
        context: Context,
        page: Page | None,
        order_by: str,
        collection: Collection,
        selection: Selection,
        limits: tuple[Key, Condition],
    ) -> Cut:
        total = len(selection)
        if page is None or page.style is None:
            size = page.default_size if page else None
            return Cut(0, total if size is None else min(size, total), total, {})
        if page.style == "page-number":
            return cut_pages(page, context.query, total)
        if page.style == "limit":
            return cut_limit(page, context.query, total)
        if page.style == "cursor":
            parent, condition = limits
            name = name_list(self._plan.operation.id, parent, order_by, condition, descending=page.descending)
            return cut_after_cursor(page, order_by, context.query, selection, name)
        marker = context.query.get(page.marker_parameter or "marker")
        if marker is None:
            return cut_after_marker(page, order_by, context.query, selection, None)
        identifier = self._plan.shape.identify(marker)
        known = collection.get(identifier) if identifier is not None else None
        marked = marker_entry(order_by, identifier if identifier is not None else marker, known)
        return cut_after_marker(page, order_by, context.query, selection, marked)

    def _reply(self, context: Context, items: list[Mapping[str, Any]], cut: Cut) -> Reply:
        page, headers = self._page, dict[str, str]()
        if page is not None and page.link_header and (links := link_header(page, context.address, cut)):
            headers[page.link_header] = links
        if page is not None and page.total_header:
            headers[page.total_header] = str(cut.total)
        reply = self._plan.reply(items, headers)
        if page is not None and isinstance(reply.body, dict):
            reply.body.update(_beside(page, context, cut))
        return reply


def _beside(page: Page, context: Context, cut: Cut) -> dict[str, Any]:
    """What stands beside the items in the body: links, the total, the cursor of the next page."""
    beside: dict[str, Any] = {}
    if page.link_member and (links := link_member(page, context.address, cut)):
        beside[page.link_member] = links
    if page.total_member:
        beside[page.total_member] = cut.total
    if page.cursor_member:
        beside[page.cursor_member] = cut.targets["next"][1] if "next" in cut.targets else None
    return beside


def _filters(plan: Plan, page: Page | None) -> Mapping[str, str]:
    """Query parameter to the field that it filters by: as declared, or named alike, unless it asks for a page."""
    properties, declared = plan.shape.properties, plan.operation.filters
    unknown = [field for field in declared.values() if field not in properties]
    if unknown:
        raise ContractError(
            f"{plan.operation.id} filters by {unknown[0]!r}, which {plan.shape.name} does not have",
            hint="correct x-filter",
        )
    paging = (
        {page.page_parameter, page.size_parameter, page.marker_parameter, page.cursor_parameter, page.sort_parameter}
        if page
        else set()
    )
    names = (parameter.name for parameter in plan.operation.parameters if parameter.location == "query")
    alike = {n: n for n in names if n not in paging and properties.get(n, {}).get("type") in _PLAIN}
    return {**alike, **declared}
