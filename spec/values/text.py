"""Texts made up at random for a string schema: by format, by pattern, by the name of the field, or words."""

from __future__ import annotations

import base64
import re
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID

from spec.values.pattern import make_matching

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from random import Random

    from spec.contract import JsonObject

_WORDS: Final = (
    "amber", "birch", "cedar", "delta", "ember", "fjord", "grove", "harbour", "island",
    "juniper", "kestrel", "lagoon", "meadow", "north", "orchid", "pebble", "quartz", "river",
    "summit", "tundra", "umber", "valley", "willow", "yarrow", "zephyr",
)  # fmt: skip
_BEGINNING: Final = datetime(2026, 1, 1, tzinfo=UTC)
_MINUTES: Final = 365 * 24 * 60
_NAMED: Final = (
    ("_at", "date-time"), ("url", "uri"), ("uri", "uri"), ("href", "uri"), ("email", "email"), ("uuid", "uuid"),
    ("guid", "uuid"),
)  # fmt: skip
"""Ends of field names that tell a format, where the schema tells none."""

_IDENTIFIER: Final = re.compile(r"(?:^|_)id$|Id$|^key$")
_MEDIA_TYPE: Final = re.compile(r"(?:content|media|mime)_?types?$", re.IGNORECASE)
_MEDIA_TYPES: Final = ("text/plain", "application/json", "image/png", "application/pdf")

# Before a pattern is taken apart, these are tried: a time should be one that a calendar has.
_LIKELY: Final = ("date-time", "date", "time", "uuid", "uri", "email", "ipv4", "hostname", "seconds", "blank")


def propose_texts(schema: JsonObject, name: str, random: Random) -> Iterator[str]:
    """Texts for a string schema, the likeliest first; the caller takes the first that fits.

    name: of the field that the text is for, or "".
    """
    least, most = schema.get("minLength", 0), schema.get("maxLength")
    form = schema.get("format", "")
    if form in _FORMATS:
        yield _FORMATS[form](random)
        yield _FORMATS[form](random)
    if pattern := schema.get("pattern"):
        yield from _matching(pattern, random)
        return
    if _IDENTIFIER.search(name):
        yield _cut(f"{random.choice(_WORDS)}-{random.randrange(10, 1000)}".rjust(least, "0"), most)
    elif _MEDIA_TYPE.search(name):
        yield _cut(random.choice(_MEDIA_TYPES), most)
    elif hinted := next((known for end, known in _NAMED if name.lower().endswith(end)), None):
        yield _cut(_FORMATS[hinted](random), most)
    yield _worded(least, most, random)


def _matching(pattern: str, random: Random) -> Iterator[str]:
    for form in _LIKELY:
        yield _FORMATS[form](random)
    for more in (8, 3, 0, 0, 1, 2, 16, 64, 256):
        if (text := make_matching(pattern, random, more)) is not None:
            yield text


def _worded(least: int, most: int | None, random: Random) -> str:
    text = random.choice(_WORDS)
    while len(text) < least or (len(text) < 10 and random.random() < 0.5):
        text = f"{text} {random.choice(_WORDS)}"
    return _cut(text, most)


def _cut(text: str, most: int | None) -> str:
    if most is None or len(text) <= most:
        return text
    # A blank at the end would look like a mistake of ours.
    text = text[:most]
    return f"{text[:-1]}s" if text.endswith(" ") else text


def _moment(random: Random) -> datetime:
    return _BEGINNING + timedelta(minutes=random.randrange(_MINUTES))


def _host(random: Random) -> str:
    return f"{random.choice(_WORDS)}.example"


def _address(random: Random) -> str:
    # Documentation addresses (RFC 5737, RFC 3849): nobody's.
    return f"192.0.2.{random.randrange(1, 255)}"


_FORMATS: Final[Mapping[str, Callable[[Any], str]]] = {
    "date-time": lambda random: f"{_moment(random):%Y-%m-%dT%H:%M:%SZ}",
    "date": lambda random: f"{_moment(random):%Y-%m-%d}",
    "time": lambda random: f"{_moment(random):%H:%M:%SZ}",
    "seconds": lambda random: f"{_moment(random):%Y-%m-%dT%H:%M:%S}",
    "blank": lambda random: f"{_moment(random):%Y-%m-%d %H:%M:%S}",
    "duration": lambda random: f"PT{random.randrange(1, 600)}M",
    "email": lambda random: f"{random.choice(_WORDS)}@{_host(random)}",
    "idn-email": lambda random: f"{random.choice(_WORDS)}@{_host(random)}",
    "hostname": _host,
    "idn-hostname": _host,
    "ipv4": _address,
    "ipv6": lambda random: f"2001:db8::{random.randrange(1, 0xFFFF):x}",
    "uri": lambda random: f"https://{_host(random)}/{random.choice(_WORDS)}/{random.randrange(1, 1000)}",
    "iri": lambda random: f"https://{_host(random)}/{random.choice(_WORDS)}",
    "uri-reference": lambda random: f"/{random.choice(_WORDS)}/{random.randrange(1, 1000)}",
    "iri-reference": lambda random: f"/{random.choice(_WORDS)}",
    "uri-template": lambda random: f"/{random.choice(_WORDS)}/{{id}}",
    "json-pointer": lambda random: f"/{random.choice(_WORDS)}",
    "relative-json-pointer": lambda random: f"{random.randrange(3)}/{random.choice(_WORDS)}",
    "regex": lambda random: f"^{random.choice(_WORDS)}$",
    "uuid": lambda random: str(UUID(int=random.getrandbits(128), version=4)),
    "byte": lambda random: base64.b64encode(random.choice(_WORDS).encode()).decode(),
}
