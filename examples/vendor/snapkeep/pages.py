"""Pages of a list: which one is wanted, and the links to the others."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from flask import Response, jsonify, request

from snapkeep.faults import faulty
from snapkeep.refusals import Refusal

DEFAULT_SIZE, LARGEST_SIZE, LAST_PAGE = 20, 100, 1_000_000


def number_from(name: str, most: int) -> int | None:
    """A query parameter that counts from 1 to `most`; None if it is not there."""
    text = request.args.get(name)
    if text is None:
        return None
    if not re.fullmatch("[0-9]{1,9}", text) or not 1 <= int(text) <= most:
        raise Refusal("invalid-request", f"{name} is not valid.", {name: f"a number from 1 to {most}"})
    return int(text)


def row_id(text: str) -> int:
    """The number in a path; whatever is no number names nothing."""
    if not re.fullmatch("[1-9][0-9]{0,17}", text):
        raise Refusal("not-found", f"There is no {text!r}.")
    return int(text)


def window(default_size: int = DEFAULT_SIZE) -> tuple[int, int]:
    """Number and size of the page that the client wants."""
    return number_from("page", LAST_PAGE) or 1, number_from("per_page", LARGEST_SIZE) or default_size


def page_of(rows: Sequence[sqlite3.Row], total: int, page: int, size: int, show: Any) -> Response:
    """The answer that holds one page, with its links and the total."""
    answer = jsonify([show(row) for row in rows])
    answer.headers["Link"] = ", ".join(f'<{url}>; rel="{name}"' for name, url in _links(total, page, size))
    if not faulty("no-total"):
        answer.headers["X-Total-Count"] = str(total)
    return answer


def _links(total: int, page: int, size: int) -> list[tuple[str, str]]:
    last = max(1, total // size if faulty("last-page-rounded-down") else -(-total // size))
    found = [("first", _url(1)), ("last", _url(last))]
    if page > 1:
        found.append(("prev", _url(min(page - 1, last))))
    is_full = page * size == total and faulty("even-last-page")
    if page < last or is_full or (page * size < total and faulty("last-page-rounded-down")):
        found.append(("next", _url(page + 1)))
    return found


def _url(page: int) -> str:
    kept = [] if faulty("links-forget-filter") else [(k, v) for k, v in request.args.items(multi=True) if k != "page"]
    return f"{request.base_url}?{urlencode([*kept, ('page', str(page))])}"
