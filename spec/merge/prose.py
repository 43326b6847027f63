"""Rules that read sentences: what a description tells in words becomes data, at level `prose`.

Each rule is a pattern over the text of a summary or description and the leaves that it yields,
relative to the operation or to the described parameter, field or answer. The sentence itself stays
in the contract as text; the claim keeps it as its source.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from spec.facts import Fact, Level
from spec.merge.claim import Claim

Scope = Literal["operation", "described", "parameter"]


@dataclass(frozen=True, slots=True)
class ProseRule:
    r"""A sentence pattern and what it says.

    scope: what is read, and where `leaves` go. "operation": the operation's own text, leaves under the
    operation. "described": the text of a parameter, field or answer, leaves beside it. "parameter": the text of a
    parameter, leaves under its operation.
    leaves: relative address to value; `\g<n>` takes a group, digits become an integer, and `{name}` is the
    parameter's name.
    """

    name: str
    pattern: re.Pattern[str]
    scope: Scope
    leaves: tuple[tuple[tuple[str, ...], Any], ...]


def _rule(name: str, pattern: str, scope: Scope, *leaves: tuple[str, Any]) -> ProseRule:
    split = tuple((tuple(address.split("/")), value) for address, value in leaves)
    return ProseRule(name, re.compile(pattern, re.IGNORECASE), scope, split)


PROSE_RULES: tuple[ProseRule, ...] = (
    _rule(
        "title-says-list", r"^(retrieves? a list of|lists? (all )?\w+ for)\b", "operation", ("x-resource/role", "list")
    ),
    _rule(
        "ascending-order",
        r"in ascending order \(by (\w+)\)",
        "operation",
        ("x-page/order/field", r"\g<1>"),
        ("x-page/order/direction", "ascending"),
    ),
    _rule("default-page-size", r"default of (\d+) per page", "operation", ("x-page/size/default", r"\g<1>")),
    _rule(
        "links-in-headers",
        r"links to the next, previous, first,? and last pages can be found in the response headers",
        "operation",
        ("x-page/links/in", "header"),
        ("x-page/links/relations", ["first", "prev", "next", "last"]),
    ),
    _rule(
        "only-what-you-may-see",
        r"(you have (permission|access) to|you are authorized to access|you have permission to)",
        "operation",
        ("x-resource/visible", "permitted"),
    ),
    _rule("if-one-exists", r"\bif one exists\b", "operation", ("x-resource/optional", True)),
    _rule("most-recent", r"of the most recent (\w+) of", "operation", ("x-resource/subject", "latest")),
    _rule(
        "limit-parameter",
        r"^maximum number of \w+ to return",
        "parameter",
        ("x-page/style", "limit"),
        ("x-page/size/parameter", "{name}"),
    ),
    _rule("comma-list", r"^comma separated list\b", "described", ("x-list", "comma")),
    _rule(
        "date-format",
        r"date \(format: YYYY-MM-DD\)",
        "described",
        ("pattern", r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"),
        ("type", "string"),
    ),
)
"""Every sentence rule. A new one needs a sentence of a source that it reads."""


def read_sentence(fact: Fact) -> Iterator[Claim]:
    """The claims that the sentence rules find in one fact's text; none for facts that are no text."""
    if fact.address[0] != "paths" or fact.address[-1] not in ("summary", "description"):
        return
    text = " ".join(str(fact.value).split())
    for rule in PROSE_RULES:
        base = _base(fact.address, rule.scope)
        match = rule.pattern.search(text) if base is not None else None
        if base is None or match is None:
            continue
        for address, value in rule.leaves:
            yield Claim((*base, *address), _filled(value, match, fact.address), Level.PROSE, fact, rule.name)


def _base(address: tuple[str, ...], scope: Scope) -> tuple[str, ...] | None:
    """Where the leaves of a rule go for a text at this address; None where the rule does not read it."""
    is_operation, is_parameter = len(address) == 4, address[3] == "parameters"
    if scope == "operation":
        return address[:3] if is_operation else None
    if scope == "parameter":
        return address[:3] if is_parameter else None
    if is_operation:
        return None
    # A parameter keeps its keywords in `schema`.
    return (*address[:-1], "schema") if is_parameter else address[:-1]


def _filled(value: Any, match: re.Match[str], address: tuple[str, ...]) -> Any:
    if value == "{name}":
        return address[4].partition(":")[2]
    if not isinstance(value, str) or "\\g" not in value:
        return value
    text = match.expand(value)
    return int(text) if text.isdigit() else text
