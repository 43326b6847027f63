"""Why ours differs from the stock engine, where it does: each entry speaks of one kind of difference.

A difference that no entry explains fails the test, and so does an entry that explains nothing any more.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.differential.wire import Request, Verdict

Holds = Callable[[Request, Verdict, Verdict], bool]
"""Whether an explanation speaks of a request, given what the stock engine and ours made of it."""

_ODD_VALUES: Final = ("is '+5'", "is '05'", "is '1_0'", "is ' 5'", "is '٣'", "is 'NaN'", "is 'True'")


@dataclass(frozen=True, slots=True)
class Explanation:
    """One kind of difference: `why` is the sentence, `holds` finds its requests."""

    name: str
    why: str
    holds: Holds


def _refuses(status: int, *words: str, stock: int | None = None) -> Holds:
    """Ours refuses what stock lets through (or refuses by another status), where the label has one of the words."""

    def holds(request: Request, theirs: Verdict, ours: Verdict) -> bool:
        as_told = theirs.is_accepted if stock is None else theirs.status == stock
        return ours.status == status and as_told and any(word in request.label for word in words)

    return holds


def _accepts(stock: int, *words: str) -> Holds:
    """Ours lets through what stock refuses by this status, where the label has one of the words."""

    def holds(request: Request, theirs: Verdict, ours: Verdict) -> bool:
        return ours.is_accepted and theirs.status == stock and any(word in request.label for word in words)

    return holds


def _reads(*words: str) -> Holds:
    """Both let a request through and make something else of it, where the label has one of the words."""

    def holds(request: Request, theirs: Verdict, ours: Verdict) -> bool:
        return theirs.is_accepted and ours.is_accepted and any(word in request.label for word in words)

    return holds


def _either(*all_of_them: Holds) -> Holds:
    return lambda request, theirs, ours: any(holds(request, theirs, ours) for holds in all_of_them)


def _empty_object_is_left_out(_request: Request, theirs: Verdict, ours: Verdict) -> bool:
    if theirs.values is None or ours.values is None:
        return False
    named = {name: value for name, value in theirs.values["named"].items() if value != {}}
    return {**theirs.values, "named": named} == ours.values


def _is_told_apart(_request: Request, theirs: Verdict, ours: Verdict) -> bool:
    return theirs.status == 400 and ours.status == 422 and not theirs.is_accepted and not ours.is_accepted


def _is_odd_value(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    is_odd = any(word in request.label for word in _ODD_VALUES)
    return is_odd and theirs.is_accepted and ours.status in (400, 422)


def _is_no_integer_in_path(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    return ": path " in request.label and theirs.status == 404 and ours.status in (400, 422)


def _is_repeated(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    return request.label.endswith(", twice") and theirs.is_accepted and ours.status in (400, 422)


def _is_unread(_request: Request, theirs: Verdict, ours: Verdict) -> bool:
    return theirs.status == 500 and ours.status in (400, 413, 415, 422, 200)


def _is_list_in_one_field(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    is_list = any(f"{name} is '" in request.label and "," in request.label for name in ("room", "shelf[subjects]"))
    return is_list and ours.is_accepted and (theirs.is_accepted or theirs.status == 400)


def _is_multipart(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    if not request.headers.get("content-type", "").startswith("multipart/") or not ours.is_accepted:
        return False
    return theirs.status == 400 or theirs.is_accepted


def _is_not_utf8(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    is_odd = any(word in request.label for word in ("a query that is not UTF-8", "bytes that are not UTF-8", "/%FF"))
    return is_odd and ours.status == 400 and (theirs.is_accepted or theirs.status == 404)


def _is_body_left_out(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    if request.body or theirs.values is None or ours.values is None:
        return False
    told: Any = theirs.values["body"]
    return told == {} and ours.values["body"] is None


def _is_form_in_utf8(request: Request, theirs: Verdict, ours: Verdict) -> bool:
    return _reads("a byte order mark")(request, theirs, ours) and bool(re.search(rb"[\x80-\xff]", request.body))


EXPLANATIONS: Final = (
    Explanation(
        "status of what breaks a schema",
        "The error style of the vendor says 422 for a request that can be read and breaks the contract.",
        _is_told_apart,
    ),
    Explanation(
        "bare and Bearer credentials",
        "Clients of the documented interfaces send the token with and without the word Bearer; stock takes one form.",
        _accepts(401, "a bare credential", "a Bearer credential", "bearer credential"),
    ),
    Explanation(
        "Accept",
        "Stock does not read Accept; a client that takes nothing on offer is told so by a 406.",
        _either(_refuses(406, "Accept "), _refuses(406, "Accept ", stock=400)),
    ),
    Explanation(
        "slash at the end",
        "Stock redirects to an address made of the Host field, which the client chooses; ours has no such route.",
        _refuses(404, "a slash at the end", stock=307),
    ),
    Explanation(
        "bytes that are not UTF-8",
        "Stock puts other characters in place of the bytes; two readers would not agree on the value.",
        _is_not_utf8,
    ),
    Explanation(
        "a single value given twice",
        "Stock silently takes the last one; ours tells the client of its mistake.",
        _is_repeated,
    ),
    Explanation(
        "odd spellings of a number or a boolean",
        "Stock reads whatever Python's int and float read, and True; ours reads values as JSON writes them.",
        _is_odd_value,
    ),
    Explanation(
        "a path value that is no integer",
        "Stock lets the type decide the route, and answers 404; the route is there, and the value is wrong.",
        _is_no_integer_in_path,
    ),
    Explanation(
        "a body without a media type",
        "Stock judges it by the first media type and then hands on raw bytes; ours judges and reads it alike.",
        _either(_reads("no media type"), _accepts(400, "no media type"), _refuses(422, "no media type")),
    ),
    Explanation(
        "a body in chunks",
        "Stock takes a body without Content-Length for a missing one.",
        _accepts(400, "in two chunks"),
    ),
    Explanation(
        "a charset that is not read",
        "Stock passes over the charset; ours reads UTF-8 and refuses to guess at anything else.",
        _either(_refuses(415, "in latin-1", "in nope"), _refuses(415, "in latin-1", "in nope", stock=400)),
    ),
    Explanation(
        "a coded body",
        "Stock reads the coded bytes as they are; ours says that no coding is read here (RFC 9110, 15.5.16).",
        _either(_refuses(415, "coded"), _refuses(415, "coded", stock=400)),
    ),
    Explanation(
        "a body that is left out",
        "Stock misses a JSON body that need not come, and makes a form of it an empty object.",
        _either(_is_body_left_out, _accepts(400, "no body")),
    ),
    Explanation(
        "forms are UTF-8",
        "Stock reads the raw bytes of a form as Latin-1.",
        _is_form_in_utf8,
    ),
    Explanation(
        "an object that is left out",
        "Stock hands on an empty object for a parameter that nobody sent; ours leaves it out.",
        _empty_object_is_left_out,
    ),
    Explanation(
        "requests that stock cannot read",
        "Stock fails with 500 on input that its code did not foresee; ours judges it.",
        _is_unread,
    ),
    Explanation(
        "commas in a list",
        "Stock decodes first and cuts then, also where each item has a field of its own; a comma in an item is lost.",
        _either(_is_list_in_one_field, _refuses(400, "query floors is")),
    ),
    Explanation(
        "an empty value",
        "An empty text is an empty list, and null where a value may be null; stock finds it of the wrong type.",
        _accepts(400, "query floors is ''", "query full is ''"),
    ),
    Explanation(
        "types of header fields and cookies",
        "Stock does not coerce them, so that an integer or a list in a header field is always wrong.",
        _accepts(400, ": header X-", ": cookie "),
    ),
    Explanation(
        "formats",
        "Stock checks few formats; dates, times and UUIDs pass it as any text.",
        _refuses(400, ": header X-Trace-Id is", "body released is"),
    ),
    Explanation(
        "a deep object without brackets",
        "Only `box[…]` is the declared parameter; a field `box` is undeclared, and ours lets such through.",
        _accepts(400, "query box is"),
    ),
    Explanation(
        "media types in capitals",
        "Stock compares them by case, skips the judgement of the body and hands on raw bytes.",
        _reads("sent as APPLICATION/JSON"),
    ),
    Explanation(
        "JSON that readers disagree on",
        "A member given twice and half a surrogate pair mean different things to different readers.",
        _refuses(400, "a member twice", "half a surrogate pair"),
    ),
    Explanation(
        "parts of a multipart body",
        "Stock judges a JSON part as text and hands files on beside the body; ours has one value with all fields.",
        _is_multipart,
    ),
    Explanation(
        "an encoded slash",
        "Stock decodes before it looks for the route, so that `%2F` cuts a path; an id may hold a slash.",
        _refuses(404, "route /shelves%2F1", stock=401),
    ),
    Explanation(
        "a concrete path",
        "Where a concrete path matches, a templated one does not (OpenAPI 3.0.3, 4.7.8.1), whatever its methods are.",
        _either(
            _refuses(405, "getLentBook: as DELETE"),
            _refuses(405, "getLentBook: as PUT", "getLentBook: as PATCH", stock=400),
        ),
    ),
)
