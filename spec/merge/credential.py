"""Headers that carry a credential: parameters in the sources, security schemes in the contract."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from spec.facts import Fact, Level
from spec.merge.claim import Claim
from spec.merge.surroundings import Surroundings

_CREDENTIAL = re.compile(r"authorization|(.+-)?(access|auth|api)-?(token|key)", re.IGNORECASE)


def credential_header(fact: Fact, around: Surroundings) -> Iterable[Claim] | str | None:
    """A header that carries a credential becomes a security scheme; OpenAPI 3 ignores it as a parameter."""
    parts = fact.address
    if len(parts) < 6 or parts[3] != "parameters" or not parts[4].startswith("header:"):
        return None
    header = parts[4].removeprefix("header:")
    if not _CREDENTIAL.fullmatch(header):
        return None
    name = around.api + "".join(word.capitalize() for word in header.removeprefix("X-").split("-"))
    scheme = ("components", "securitySchemes", name)
    security = Claim((*parts[:3], "security"), [{name: []}], _security_level(fact, around), fact, "credential-header")
    if parts[5] == "name":
        return [security, *([] if _tells_bearer(parts, around) else _key_claims(fact, scheme, header))]
    if parts[5] == "in":
        return [security]
    if parts[5] == "description":
        described = Claim((*scheme, "description"), fact.value, fact.level, fact, "credential-header")
        return [described, *(_bearer_claims(fact, scheme) if _tells_bearer(parts, around) else [])]
    return "says of a credential what a security scheme says by itself"


def _tells_bearer(parts: tuple[str, ...], around: Surroundings) -> bool:
    """Whether the words about an Authorization header speak of a bearer token."""
    about = (*parts[:5], "description")
    told = any(fact.address == about and str(fact.value).startswith("Bearer ") for fact in around.reading.facts)
    return told and parts[4] == "header:Authorization"


def _bearer_claims(fact: Fact, scheme: tuple[str, ...]) -> Iterator[Claim]:
    for keyword, value in (("type", "http"), ("scheme", "bearer")):
        yield Claim((*scheme, keyword), value, Level.PROSE, fact, "bearer-token")


def _key_claims(fact: Fact, scheme: tuple[str, ...], header: str) -> Iterator[Claim]:
    for keyword, value in (("type", "apiKey"), ("in", "header"), ("name", header)):
        yield Claim((*scheme, keyword), value, fact.level, fact, "credential-header")


def _security_level(fact: Fact, around: Surroundings) -> Level:
    """A header seen only in a sample is still told where the source describes an answer to a bad token."""
    if fact.level is not Level.EXAMPLE:
        return fact.level
    refused = (*fact.address[:3], "responses", "401", "description")
    tells = any(other.address == refused and "token" in str(other.value) for other in around.reading.facts)
    return Level.PROSE if tells else fact.level
