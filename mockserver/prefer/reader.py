"""Reads what a client asks of the mock itself: `Prefer` (RFC 7240), and its aliases for clients that cannot set it.

One wish can be spelled in three places: `Prefer: code=404`, `X-Mock-Code: 404` and `?__code=404`. Where
several speak of it, the first of these counts, and within Prefer the first instance (RFC 7240, 2); only
mutants add up. Names that are not ours are ignored, as the RFC asks; values that we cannot honour are refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation
from mockserver.forms.folding import decode
from mockserver.prefer.preference import NO_PREFERENCE, Preference

LONGEST_DELAY: Final = 60_000
"""Milliseconds; a longer delay is cut to this, and Preference-Applied tells so."""

_NAMES: Final = ("code", "example", "dynamic", "seed", "delay", "mutant")
_HEADERS: Final = {f"x-mock-{name}": name for name in _NAMES}
_FIELDS: Final = {f"__{name}".encode(): name for name in _NAMES}
SPOKEN: Final = frozenset(("prefer", *_HEADERS))

_TOKEN: Final = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  (a token in the sense of RFC 9110, 5.6.2)
_QUOTED: Final = r'"(?:[^"\\]|\\.?)*+(?:"|\Z)'
# Up to the next separator. Possessive, so that no odd field takes more time than its length.
_MEMBER: Final = re.compile(rf'(?:[^",;]|{_QUOTED})++', re.DOTALL)
_PREFERENCE: Final = re.compile(rf'\s*({_TOKEN})\s*(?:=\s*({_QUOTED}|[^"\s]*)\s*)?', re.ASCII | re.DOTALL)
_CODE: Final = re.compile(r"[2-5][0-9]{2}", re.ASCII)
_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,15}", re.ASCII)
_SAFE: Final = 2**53 - 1
_SHOWN: Final = 80

_Wish = tuple[str, str, str]
"""Name, value, and where it stood, such as "Prefer" or "X-Mock-Code"."""


def read_preference(
    headers: Mapping[str, str], query: bytes, mutants: Collection[str] = frozenset()
) -> tuple[Preference, bytes]:
    """The wishes of one request, and its query without the fields that spelled them.

    headers: lower-case names. mutants: ids of the known ones. Raises Refusal(malformed) for a value that cannot
    be honoured, with the valid ones. Which codes and examples an operation has is for the `Forcer` to judge.
    """
    if b"__" not in query and headers.keys().isdisjoint(SPOKEN):
        return NO_PREFERENCE, query
    asked, rest = _from_query(query) if b"__" in query else ([], query)
    wishes = (*_from_prefer(headers.get("prefer", "")), *_from_aliases(headers), *asked)
    return (_preference(wishes, mutants) if wishes else NO_PREFERENCE), rest


def _from_prefer(field: str) -> Iterator[_Wish]:
    for member in _MEMBER.findall(field):
        found = _PREFERENCE.fullmatch(member)
        if found and (name := found[1].lower()) in _NAMES:
            yield name, _unquoted(found[2] or ""), "Prefer"


def _unquoted(word: str) -> str:
    return re.sub(r"\\(.)", r"\1", word[1:].removesuffix('"')) if word.startswith('"') else word


def _from_aliases(headers: Mapping[str, str]) -> Iterator[_Wish]:
    for key, name in _HEADERS.items():
        if key in headers:
            yield name, headers[key].strip(), f"X-Mock-{name.capitalize()}"


def _from_query(query: bytes) -> tuple[list[_Wish], bytes]:
    wishes: list[_Wish] = []
    rest: list[bytes] = []
    for piece in query.split(b"&"):
        key, _, value = piece.partition(b"=")
        name = _FIELDS.get(key)
        if name is None:
            rest.append(piece)
        else:
            wishes.append((name, decode(value.decode("latin-1"), "query"), f"query field __{name}"))
    return wishes, b"&".join(rest) if wishes else query


def _preference(wishes: tuple[_Wish, ...], mutants: Collection[str]) -> Preference:
    values: dict[str, Any] = {}
    applied: list[str] = []
    for name, text, where in wishes:
        if name == "mutant":
            ids = _read_mutants(text, where, mutants)
            values["mutants"] = tuple(dict.fromkeys((*values.get("mutants", ()), *ids)))
            applied += [f"mutant={one}" for one in ids]
        elif name not in values:
            values[name] = _READERS[name](text, where)
            applied.append(_applied(name, values[name]))
    if "delay" in values:
        values["delay"] /= 1000
    return Preference(**values, applied=tuple(dict.fromkeys(applied)))


def _applied(name: str, value: Any) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if re.fullmatch(_TOKEN, text):
        return f"{name}={text}"
    quoted = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'{name}="{quoted}"'


def _read_code(text: str, where: str) -> int:
    if not _CODE.fullmatch(text):
        raise _refused("code", text, where, "a status code from 200 to 599")
    return int(text)


def _read_example(text: str, where: str) -> str:
    if not text:
        raise _refused("example", text, where, "the name of an example in the contract")
    return text


def _read_dynamic(text: str, where: str) -> bool:
    # A bare preference is on (RFC 7240, 2: an empty value is no value).
    wanted = {"": True, "true": True, "1": True, "false": False, "0": False}.get(text.lower())
    if wanted is None:
        raise _refused("dynamic", text, where, "true or false")
    return wanted


def _read_seed(text: str, where: str) -> int:
    if not _WHOLE.fullmatch(text) or int(text) > _SAFE:
        raise _refused("seed", text, where, f"a whole number from 0 to {_SAFE}")
    return int(text)


def _read_delay(text: str, where: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise _refused("delay", text, where, f"a whole number of milliseconds; more than {LONGEST_DELAY} are cut")
    return min(int(text), LONGEST_DELAY)


def _read_mutants(text: str, where: str, known: Collection[str]) -> list[str]:
    ids = re.split(r"[\s,]+", text.strip())
    for one in ids:
        if one not in known:
            raise _refused("mutant", one, where, f"one of: {', '.join(sorted(known)) or '(this mock has none)'}")
    return ids


_READERS: Final[Mapping[str, Callable[[str, str], Any]]] = {
    "code": _read_code,
    "example": _read_example,
    "dynamic": _read_dynamic,
    "seed": _read_seed,
    "delay": _read_delay,
}


def _refused(name: str, text: str, where: str, wanted: str) -> Refusal:
    place = "query" if where.startswith("query") else "header"
    key = f"__{name}" if place == "query" else where
    got = shorten(text, _SHOWN)
    message = f"{name} must be {wanted}"
    return Refusal(
        "malformed",
        f"{where} asks for {name}={got}, but {message}",
        violations=(Violation(place, key, "preference", message, got),),
    )
