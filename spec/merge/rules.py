"""Named rules: what each fact means for the contract, or why it means nothing.

A rule sees one fact (and the reading it belongs to) and gives claims, or a reason for rejecting the
fact. Rules are tried in the order of `RULES`; the first that applies decides. What no rule speaks of
is taken literally. Rules that read sentences live in `spec.merge.prose` and add claims to these.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from spec.facts import Fact, Reading
from spec.merge.claim import Claim
from spec.merge.credential import credential_header
from spec.merge.prose import read_sentence
from spec.merge.surroundings import Surroundings, is_operation

FORM = "application/x-www-form-urlencoded"

REPAIRS: Mapping[str, str] = MappingProxyType(
    {
        "stray-document": "an empty second YAML document at the end of the file is dropped",
        "parameter-without-type": "a Swagger 2.0 parameter without the type that the format demands",
        "path-parameter-without-required": "a path parameter without the `required: true` that the format demands",
        "duplicated-tags": "a tag list that is the path cut into words, with repetitions",
        "form-under-json-consumes": "form fields in an operation that says it consumes JSON",
        "integer-status-key": "a status code written as a YAML integer instead of a string",
        "colon-path-parameter": "a path parameter written `:name`",
        "slash-joined-path": "several path segments in one element of a path list",
        "string-url": "a request URL given as one string instead of its parts",
        "placeholder-value": "a value such as `{}` that stands for “fill in” and is no example",
        "empty-raw-body": "a raw body with nothing in it, on a request that has none",
        "variable-id-as-name": "a path variable named by `id` where the format asks for `key`",
        "schema-url-without-file": "a format marker without the file name that identifies its version",
        "type-placeholder": 'a sample value such as `"string"` or `0` that names a type',
        "untabulated-path-parameter": "a path parameter that the page's own table leaves out",
    }
)
"""What readers mend, by name: the text that the merge report prints."""


@dataclass(frozen=True, slots=True)
class Rejection:
    """A fact that the contract does not carry, and why."""

    fact: Fact
    rule: str
    reason: str


@dataclass(frozen=True, slots=True)
class Normalised:
    """The outcome of all rules over all readings; `applied` counts how often each rule decided."""

    claims: tuple[Claim, ...]
    rejections: tuple[Rejection, ...]
    applied: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Rule:
    """A named rule; `apply` gives claims, a reason for rejection, or None where it does not apply."""

    name: str
    text: str
    apply: Callable[[Fact, Surroundings], Iterable[Claim] | str | None]


def normalise(readings: Sequence[Reading]) -> Normalised:
    """Run every fact of every reading through the rules; the order of readings does not matter."""
    claims: list[Claim] = []
    rejections: list[Rejection] = []
    applied: Counter[str] = Counter()
    for reading in sorted(readings, key=lambda reading: reading.source.id):
        around = Surroundings(reading)
        for fact in reading.facts:
            rule, outcome = _first_outcome(fact, around)
            if rule:
                applied[rule.name] += 1
            if isinstance(outcome, str):
                rejections.append(Rejection(fact, rule.name if rule else "", outcome))
                continue
            found = list(outcome)
            from_sentence = [claim for claim in read_sentence(fact) if claim.address not in {c.address for c in found}]
            applied.update({claim.rule for claim in from_sentence if claim.rule})
            claims += found + from_sentence
    return Normalised(tuple(claims), tuple(rejections), MappingProxyType(dict(sorted(applied.items()))))


def _first_outcome(fact: Fact, around: Surroundings) -> tuple[Rule | None, Iterable[Claim] | str]:
    for rule in RULES:
        outcome = rule.apply(fact, around)
        if outcome is not None:
            return rule, outcome
    return None, [Claim(fact.address, fact.value, fact.level, fact)]


# --- facts about the source itself -------------------------------------------------------------

_SELF_DESCRIPTION = (
    "describes the source, or one of its operations, not the interface; the contract has a title of its own"
)
_OWN_TITLE = frozenset({"title", "description", "version", "name"})


def _known_without_path(fact: Fact, _: Surroundings) -> str | None:
    if fact.address[0] == "known":
        return "named in a menu by method and title, without a path: known, not described, and not invented here"
    return None


def _self_description(fact: Fact, _: Surroundings) -> str | None:
    is_info = fact.address[0] == "document" and len(fact.address) > 2 and fact.address[2] == "info"
    return _SELF_DESCRIPTION if is_info and fact.address[3] in _OWN_TITLE else None


def _servers(fact: Fact, around: Surroundings) -> Iterable[Claim] | str | None:
    if fact.address[0] != "document" or fact.address[2] not in ("host", "basePath", "schemes", "protocol"):
        return None
    host = around.document("host")
    if not host:
        return "part of a server address whose host the source does not give"
    if _is_placeholder_host(str(host)):
        return "the host is a placeholder; the user names the server"
    scheme = around.document("schemes", "0") or around.document("schemes") or around.document("protocol") or "http"
    scheme = scheme[0] if isinstance(scheme, list) else scheme
    url = f"{scheme}://{host}{str(around.document('basePath') or '/').rstrip('/')}"
    paths = sorted({address[1] for address in around.operations})
    return [Claim(("paths", path, "servers"), [{"url": url}], fact.level, fact, "server-of-paths") for path in paths]


def _is_placeholder_host(host: str) -> bool:
    return "{" in host or host.removeprefix("https://").removeprefix("http://").endswith(
        (".local", ".example", ".test")
    )


def _produces(fact: Fact, around: Surroundings) -> Iterable[Claim] | None:
    if fact.address[0] != "document" or fact.address[2] != "produces":
        return None
    media_types = fact.value if isinstance(fact.value, list) else [fact.value]
    codes = {address[:5] for address in around.addresses if address[0] == "paths" and address[3:4] == ("responses",)}
    return [
        Claim((*code, "content", media_type), media_type, fact.level, fact, "media-type-of-all-answers", is_node=True)
        for code in sorted(codes)
        for media_type in media_types
    ]


def _consumes(fact: Fact, _: Surroundings) -> str | None:
    if fact.address[0] != "document" or fact.address[2] != "consumes":
        return None
    return "every body that the source describes is a form, which cannot travel in this media type"


def _bookkeeping(fact: Fact, _: Surroundings) -> str | None:
    if fact.address[0] != "document":
        return None
    return _BOOKKEEPING.get(
        fact.address[2], "bookkeeping of the tool that wrote the source; says nothing of the interface"
    )


_BOOKKEEPING: Mapping[str, str] = MappingProxyType(
    {
        "placeholder": "a placeholder that stands for “fill in”; not an example",
        "x-complete": "the source declares itself incomplete; kept in the report only",
        "heading": "a heading or caption of the page; says nothing of the interface",
        "example": "belongs to one sample exchange, not to the interface",
    }
)


# --- facts about operations ---------------------------------------------------------------------


def _operation_exists(fact: Fact, around: Surroundings) -> Iterable[Claim] | None:
    if not is_operation(fact.address):
        return None
    return [
        Claim(fact.address, fact.value, fact.level, fact, is_node=True),
        Claim((*fact.address, "x-api"), around.api, fact.level, fact, "interface-of-source"),
    ]


def _exists(fact: Fact, _: Surroundings) -> Iterable[Claim] | None:
    if fact.address[-2] not in ("responses", "content", "properties"):
        return None
    return [Claim(fact.address, fact.value, fact.level, fact, is_node=True)]


def _split_tags(fact: Fact, _: Surroundings) -> str | None:
    if fact.address[-1] != "tags":
        return None
    return "the path cut into words; the contract has one set of tags, by interface and resource"


def _path_parameter(fact: Fact, _: Surroundings) -> Iterable[Claim] | None:
    parts = fact.address
    if len(parts) != 6 or parts[3] != "parameters" or not parts[4].startswith("path:") or parts[5] != "in":
        return None
    required = Claim((*parts[:5], "required"), True, fact.level, fact, "path-parameters-are-required")
    return [Claim(parts, fact.value, fact.level, fact), required]


def _no_body(fact: Fact, _: Surroundings) -> Iterable[Claim] | None:
    if fact.address[-2:] != ("requestBody", "none"):
        return None
    return [Claim(fact.address, True, fact.level, fact, "no-request-body")]


def _sample(fact: Fact, _: Surroundings) -> Iterable[Claim] | None:
    """A sample body that is one wrapped object says that the operation reads one thing."""
    if fact.address[-1:] != ("example",) or fact.address[3:4] != ("responses",):
        return None
    claims = [Claim(fact.address, fact.value, fact.level, fact)]
    members = list(fact.value.values()) if isinstance(fact.value, dict) else []
    if len(members) == 1 and isinstance(members[0], dict):
        role = (*fact.address[:3], "x-resource", "role")
        claims.append(Claim(role, "read", fact.level, fact, "single-object-sample"))
    return claims


def _sample_path(fact: Fact, _: Surroundings) -> str | None:
    if fact.address[-1] == "x-example-path":
        return "the path of one sample exchange; its values are examples of nothing but themselves"
    return None


RULES: tuple[Rule, ...] = (
    Rule("known-without-path", "an operation named without a path is recorded, not described", _known_without_path),
    Rule("own-title", "what a source calls itself is not the contract's title", _self_description),
    Rule("server-of-paths", "host, base path and scheme become the servers of the source's paths", _servers),
    Rule("media-type-of-all-answers", "`produces` names the media type of every documented answer", _produces),
    Rule("form-media-type", "`consumes: application/json` gives way where every body is a form", _consumes),
    Rule("bookkeeping", "what a tool noted for itself is not carried", _bookkeeping),
    Rule("operation-exists", "method and path name an operation of the source's interface", _operation_exists),
    Rule("answer-exists", "a status code, media type or field is documented", _exists),
    Rule("split-tags", "tag lists made of path words are not carried", _split_tags),
    Rule("credential-header", "a header that carries a credential becomes a security scheme", credential_header),
    Rule("path-parameters-are-required", "a path parameter is always required", _path_parameter),
    Rule("single-object-sample", "a sample that is one wrapped object shows an item, not a list", _sample),
    Rule("sample-path", "the path of a sample exchange is not carried", _sample_path),
    Rule("no-request-body", "a source says that the operation takes no body", _no_body),
)
"""Every rule over facts, in the order in which they are tried."""
