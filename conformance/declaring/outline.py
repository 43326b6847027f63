"""The outline of a declaration: a commented file made from a contract, and from a look at a target. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.manners.manners import Deed, can_be_deleted, deed_of, naming_field
from conformance.secret import variable_for
from conformance.target import IDENTITIES
from spec.contract import Contract, Role
from spec.requirements import Requirement


@dataclass(frozen=True, slots=True)
class Seen:
    """What a look at a target adds: its URL, capabilities with the reason, ids, an overlay's file name."""

    url: str | None = None
    capabilities: Mapping[str, tuple[bool, str]] | None = None
    ids: Mapping[str, Sequence[str]] | None = None
    overlay: str | None = None


def outline(contract: Contract, requirements: Sequence[Requirement], seen: Seen | None = None) -> str:
    """The text of a declaration; what a vendor has to decide is commented."""
    told = seen if seen is not None else Seen()
    parts = (
        _head(contract),
        _target(told),
        _identities(contract),
        _capabilities(requirements, told),
        _ids(contract, told),
        _manners(contract),
        _accommodations(told),
        _deviations(),
    )
    return "\n".join("\n".join(part) + "\n" for part in parts)


def _head(contract: Contract) -> Iterator[str]:
    yield f"# How {contract.title} {contract.version} is implemented here: read by 'mockproof verify'."
    yield "# docs/declaration.md tells what each member means."


def _target(told: Seen) -> Iterator[str]:
    yield "[target]"
    yield f"url = {json.dumps(told.url or 'https://api.example.test')}"
    yield '# profile = "full"     # judge all that the mock promises; else only what the sources tell, "documented"'
    yield '# ca = "our-ca.pem"    # certificates to trust, where no public authority vouches for the target'
    yield "# rate = 10            # requests a second, at most"
    yield "# settle = 5           # seconds until what was created, changed or deleted is seen to be so, if not at once"
    yield "# job_deadline = 60    # seconds in which what is on its way must have arrived; a run waits that long for it"
    yield "# max_time = 300       # seconds that a run may take"


def _identities(contract: Contract) -> Iterator[str]:
    words = {"owner": "first", "second": "second", "read-only": "read_only"}
    texts = {
        "owner": "Who owns what is judged. Values come from the environment; nothing secret stands here.",
        "second": "Another tenant, who sees less: without one, nothing is said of what stays private.",
        "read-only": "Somebody who may only read.",
    }
    for number, identity in enumerate(IDENTITIES):
        mark = "" if identity == "owner" else "# "
        yield from ([""] if number else [])
        yield f"# {texts[identity]}"
        yield f"{mark}[identities.{identity}]"
        for scheme in sorted(contract.security_schemes):
            yield f'{mark}{_key(scheme)} = "env:{variable_for(scheme, words[identity])}"'


def _capabilities(requirements: Sequence[Requirement], told: Seen) -> Iterator[str]:
    names = sorted({requirement.capability for requirement in requirements} - {"core"} | set(told.capabilities or {}))
    yield "# What you say you support. False: not applicable. True and missing: a failure. Without this table: all."
    mark = "" if told.capabilities else "# "
    yield f"{mark}[capabilities]"
    for name in names:
        value, reason = (told.capabilities or {}).get(name, (True, ""))
        yield f"{mark}{_key(name)} = {str(value).lower()}" + (f"    # {reason}" if reason else "")


def _ids(contract: Contract, told: Seen) -> Iterator[str]:
    yield "# Ids that exist, where no list shows them, or where nothing may be created."
    yield "[ids]"
    for resource in sorted(contract.resources):
        known = (told.ids or {}).get(resource)
        if known:
            yield f"{_key(resource)} = {json.dumps(list(known))}"
        elif not contract.uses_of(resource, Role.LIST):
            yield f'# {_key(resource)} = ["…"]    # no operation lists it'


def _manners(contract: Contract) -> Iterator[str]:
    creates = [op for op in contract.operations if deed_of(op) is Deed.CREATE]
    unnamed = [op.id for op in creates if naming_field(contract, op) is None]
    stuck = [op.id for op in creates if not can_be_deleted(contract, op)]
    yield '# "created-only": only what the run itself created. "anything": a test system. false: never.'
    yield "[manners]"
    yield 'may_create = "anything"'
    yield 'may_change = "created-only"'
    yield 'may_delete = "created-only"'
    yield 'prefix = "mockproof-"'
    if unnamed:
        yield f"# No free text field to put the prefix in: {', '.join(unnamed)}"
    if stuck:
        yield f"# Created and not deletable by this contract, so left behind: {', '.join(stuck)}"


def _accommodations(told: Seen) -> Iterator[str]:
    mark = "" if told.overlay else "# "
    yield "# What your bodies look like where no source says: an OpenAPI overlay on the contract."
    yield f"{mark}[accommodations]"
    yield f"{mark}overlay = {json.dumps(told.overlay or 'mockproof-overlay.yaml')}"


def _deviations() -> Iterator[str]:
    yield "# What you know to be wrong, whose it is, and until when: a failure is then waived."
    yield "# [[deviations]]"
    yield '# requirement = "…/schema"'
    yield '# owner = "…"'
    yield '# reason = "…"'
    yield "# expires = 2030-01-31"


def _key(name: str) -> str:
    return name if name.replace("_", "").replace("-", "").isalnum() and name.isascii() else json.dumps(name)
