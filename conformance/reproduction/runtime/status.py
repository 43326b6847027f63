"""Judging one answer by its status and header fields. Copied into reproducers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.reproduction.runtime.answer import Answer, Unclear, need


def refused(got: Answer) -> str:
    """What is wrong unless a request was refused."""
    if got.status >= 500:
        raise Unclear(f"{got.target}: status {got.status}")
    return f"expected a refusal with 4xx, saw status {got.status}" if 200 <= got.status < 300 else ""


def taken(got: Answer, refusals: Sequence[int]) -> str:
    """What is wrong if a request was refused for what it says; who asks for what is another matter."""
    if got.status >= 500:
        raise Unclear(f"{got.target}: status {got.status}")
    return f"expected it to be taken, saw status {got.status}" if got.status in refusals else ""


def kept_out(got: Answer, allowed: Sequence[int]) -> str:
    """What is wrong unless somebody unknown was sent away with one of the statuses."""
    if got.status >= 500:
        raise Unclear(f"{got.target}: status {got.status}")
    wrong = 200 <= got.status < 300 or (got.status == 403 and 403 not in allowed)
    return f"expected a refusal with {' or '.join(map(str, allowed))}, saw status {got.status}" if wrong else ""


def status_in(got: Answer, statuses: Sequence[int]) -> str:
    """What is wrong unless the status is one of some."""
    if got.status in statuses:
        return ""
    return f"expected status {' or '.join(map(str, statuses))}, saw {got.status}"


def status_not_in(got: Answer, statuses: Sequence[int]) -> str:
    """What is wrong if the status is one of some."""
    return f"saw status {got.status}" if got.status in statuses else ""


def no_server_error(got: Answer) -> str:
    """What is wrong if the answer is a server error."""
    return f"expected no server error, saw status {got.status}" if got.status >= 500 else ""


def documented(got: Answer, table: Mapping[str, Any]) -> str:
    """What is wrong unless the contract has the status."""
    if got.status >= 500 or declared_for(got.status, table) is not None:
        return ""
    return f"status {got.status} is not documented; {', '.join(table)} are"


def declared_for(status: int, table: Mapping[str, Any]) -> Any:
    """What a contract says of a status: its own entry, that of its class, or the default."""
    keys = (str(status), f"{status // 100}XX", "default")
    return next((table[key] for key in keys if key in table), None)


def essence(got: Answer) -> str:
    """The media type of an answer without its parameters."""
    return got.headers.get("content-type", "").partition(";")[0].strip().lower()


def media_type_documented(got: Answer, table: Mapping[str, Sequence[str]], status: int) -> str:
    """What is wrong unless the media type is one of those that the contract has for the status."""
    known = declared_for(got.status, table)
    if not known:
        if got.status != status:
            raise Unclear(f"{got.target}: status {got.status}, not {status}")
        return ""
    seen = essence(got)
    fits = seen and any(one in (seen, "*/*", seen.partition("/")[0] + "/*") for one in known)
    return "" if fits else f"expected the media type {' or '.join(known)}, saw {seen or 'none'}"


def header_fields(got: Answer, table: Mapping[str, Sequence[str]]) -> str:
    """What is wrong unless the header fields that the contract demands are there."""
    missing = [name for name in declared_for(got.status, table) or () if name.lower() not in got.headers]
    return f"without the header field {', '.join(missing)}" if missing else ""


def has_header(got: Answer, name: str, status: int) -> str:
    """What is wrong unless an answer of a status carries a header field that is not empty."""
    if got.status != status and not (status == 200 and 200 <= got.status < 300):
        raise Unclear(f"{got.target}: status {got.status}, not {status}")
    return "" if got.headers.get(name, "").strip() else f"expected a header field {name}, saw none"


def allows(got: Answer, methods: Sequence[str]) -> str:
    """What is wrong unless the Allow field lists the methods."""
    if got.status != 405:
        raise Unclear(f"{got.target}: status {got.status}, not 405")
    listed = {one.strip().upper() for one in got.headers.get("allow", "").split(",")}
    missing = [one for one in methods if one not in listed]
    return f"expected an Allow field that lists {', '.join(methods)}, without {', '.join(missing)}" if missing else ""


def same_head(head: Answer, got: Answer) -> str:
    """What is wrong unless HEAD is answered as GET is, without the body."""
    if head.status in (405, 501):
        return ""
    if head.status != got.status:
        return f"expected status {got.status}, as for GET, saw {head.status}"
    if head.headers.get("content-type") != got.headers.get("content-type"):
        return f"expected the media type of GET, saw {head.headers.get('content-type')}"
    return f"expected no body, saw {len(head.body)} bytes" if head.body else ""


def tagged(got: Answer) -> str:
    """What is wrong unless an answer has an entity tag in quotes."""
    tag = need(got).headers.get("etag", "")
    bare = tag.removeprefix("W/")
    right = len(bare) > 1 and bare[0] == bare[-1] == '"' and '"' not in bare[1:-1]
    return "" if right else f"expected an ETag in quotes, saw {tag or 'none'}"


def same_tag(first: Answer, again: Answer) -> str:
    """What is wrong if the tag of one representation changes."""
    if need(first).body != need(again).body:
        raise Unclear("the item changed meanwhile")
    tags = [one.headers.get("etag") for one in (first, again)]
    return "" if tags[0] == tags[1] else f"expected the ETag {tags[0]} again, saw {tags[1]}"


def other_tag(before: Answer, after: Answer) -> str:
    """What is wrong if the tag stays although the item changed."""
    tags = [need(one).headers.get("etag") for one in (before, after)]
    if before.body == after.body:
        raise Unclear("the change did not change anything")
    same = tags[0] is not None and tags[0] == tags[1]
    return f"expected another ETag after the change, saw {tags[1]} again" if same else ""


def quick(answers: Sequence[Answer], seconds: float) -> str:
    """What is wrong unless one of some answers came in time."""
    fastest = min(need(one).seconds for one in answers)
    return f"expected an answer within {seconds:g} s, saw {fastest:.2f} s" if fastest > seconds else ""
