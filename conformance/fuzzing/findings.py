"""Findings: what each code of the fuzzer means in terms of our requirements.

A code that stands in no row is an `error` verdict of the run, never silence: a newer fuzzer may know more than
this table does.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from conformance.verdict.examiner import HEADERS, MEDIA_TYPE, SCHEMA, STATUS

PLACES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "ST101": ("no-server-error",),  # server error
        "ST102": ("no-server-error",),  # server error on an undeclared request media type
        "ST103": ("status",),  # undocumented status code
        "ST104": ("media-type",),  # no Content-Type
        "ST105": ("media-type",),  # undocumented media type
        "ST106": ("media-type",),  # malformed media type
        "ST107": ("headers",),  # required header field missing
        "ST108": ("schema", "headers"),  # body, or a header field, does not match its schema
        "ST109": ("schema", "media-type"),  # not JSON although it says so
        "ST110": ("schema", "media-type"),  # cannot be decoded
        "ST111": ("schema",),  # discriminator
        "ST201": ("body", "parameters"),  # invalid request accepted; the part that was invalid decides
        "ST202": ("body", "parameters"),  # valid request refused
        "ST203": ("parameters",),  # required header field not demanded
        "ST204": ("status", "no-server-error"),  # undeclared method not answered with 405
        "ST205": ("status", "no-server-error"),  # 405 without a fitting Allow
        "ST301": ("status", "success"),  # deleted and still there
        "ST302": ("success",),  # created and not there
        "ST401": ("authentication",),  # credentials ignored
        "ST402": ("authentication",),  # seen by another identity
        # What our own examiner finds in the answers to plain requests.
        STATUS: ("status", "success"),
        MEDIA_TYPE: ("media-type",),
        SCHEMA: ("schema",),
        HEADERS: ("headers",),
    }
)
"""Code of the fuzzer to the kinds of requirement it speaks of; the first one that the operation has is taken."""

UNUSED: Mapping[str, str] = MappingProxyType(
    {
        "ST112": "response times are not part of any requirement",
        "ST113": "GraphQL",
        "ST114": "GraphQL",
        "ST115": "GraphQL",
        "ST206": "GraphQL",
        "ST901": "the kit registers no check of its own with the fuzzer",
    }
)
"""Codes that cannot occur in our runs, with the reason; one that occurs all the same is an error."""


_TOLD_BY_OFFENCES: frozenset[str] = frozenset({"ST201", "ST202", "ST203", "ST401"})
"""Codes of which what we expect, the status and the offences of the request tell all."""
_REMARKS = ("\n\nValidated against", "\n\nSchema:", "\nExpected:")
"""How parts of a message begin that say again what the contract says, or expect something else than we do."""
_LONGEST = 300


def words_of(code: str, message: str) -> str:
    """What a message of the fuzzer adds to what we say ourselves, in one line; empty for nothing."""
    if code in _TOLD_BY_OFFENCES:
        return ""
    end = min((place for remark in _REMARKS if (place := message.find(remark)) >= 0), default=len(message))
    told = " ".join(message[:end].split())
    return told if len(told) <= _LONGEST else told[: _LONGEST - 1].rstrip() + "…"


def checks_for(profile: str) -> dict[str, bool]:
    """Which checks of the fuzzer are made.

    In the documented form no source speaks of methods that are not there, or forbids a business rule from refusing a
    well-formed request, so that those checks would fail implementations for what nobody told them.
    """
    strict = profile != "documented"
    return {
        "object_level_authorization": False,  # needs accounts that the fuzzer logs in itself
        "unsupported_method": strict,
        "allow_header_conformance": strict,
        "positive_data_acceptance": strict,
    }
