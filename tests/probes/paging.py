"""Probes of lists: page size, links, filters."""

from __future__ import annotations

from itertools import pairwise

import httpx

from tests.probes.probe import Finding, Probe
from tests.probes.talk import Talk

_PAGES = 50
"""More pages than any server here has; a walk that is longer goes in circles."""


def page_size_is_kept(talk: Talk) -> Finding:
    sizes = [len(talk.ask("GET", f"/berths?per_page={size}").json()) for size in (1, 3)]
    return Finding(sizes == [1, 3], f"asked for 1 and 3, got {sizes[0]} and {sizes[1]}")


def links_lead_through_all(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths?per_page=7")
    total, found, pages = int(answer.headers["x-total-count"]), _ids(answer), 1
    while (step := answer.links.get("next")) and pages < _PAGES:
        answer = talk.follow(step["url"])
        found += _ids(answer)
        pages += 1
    rising = all(before < after for before, after in pairwise(found))
    return Finding(len(found) == total > 7 and rising, f"{len(found)} of {total} on {pages} pages")


def links_name_the_ends_and_keep_the_query(talk: Talk) -> Finding:
    links = talk.ask("GET", "/berths?page=2&per_page=7&customer_id=100").links
    if set(links) != {"first", "prev", "next", "last"}:
        return Finding(passed=False, seen=f"rel: {', '.join(sorted(map(str, links))) or 'none'}")
    queries = {name: httpx.URL(link["url"]).params for name, link in links.items()}
    kept = all((query.get("customer_id"), query.get("per_page")) == ("100", "7") for query in queries.values())
    pages = [queries[name].get("page") for name in ("first", "prev", "next")]
    ends_there = "next" not in talk.follow(links["last"]["url"]).links
    good = kept and pages == ["1", "1", "3"] and ends_there
    return Finding(good, f"pages {pages}, query kept: {kept}, nothing after the last: {ends_there}")


def filter_is_honoured(talk: Talk) -> Finding:
    answer = talk.ask("GET", "/berths?customer_id=200&status=closed&per_page=100").json()
    others = [one for one in answer if (one["customer_id"], one["status"]) != (200, "closed")]
    return Finding(bool(answer) and not others, f"{len(answer)} answered, {len(others)} of them not asked for")


def _ids(answer: httpx.Response) -> list[int]:
    return [one["id"] for one in answer.json()]


PROBES = (
    Probe("page-size", 15, "`per_page=1` and `per_page=3` get that many.", page_size_is_kept),
    Probe("next-links", 16, "Following `next` meets each thing once, in order.", links_lead_through_all),
    Probe(
        "all-links", 16, "A page in the middle links to four others, with filter and page size.",
        links_name_the_ends_and_keep_the_query,
    ),
    Probe("filter", 17, "Two declared filters leave only what fits both.", filter_is_honoured),
)  # fmt: skip
