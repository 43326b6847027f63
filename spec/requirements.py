"""Requirements: what an implementation promises, each with an id, a level and the words it comes from.

Two kinds: *written* ones stand in `requirements.yaml`, because only a sentence tells them; *derived*
ones follow from the contract itself, one per operation and kind or behaviour, and keep their id as long as the
operation keeps its name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any

from spec import packaged
from spec.behaviour import BEHAVIOURS
from spec.contract import Contract, Operation
from spec.errors import ContractError
from spec.explain import load_provenance
from spec.loading import load_document
from spec.promise import promises_of
from spec.quoting import Quote, quote_from
from spec.sourcing import load_sources


class Obligation(StrEnum):
    """How binding a requirement is (the words of RFC 2119)."""

    MUST = "MUST"
    SHOULD = "SHOULD"
    MAY = "MAY"


@dataclass(frozen=True, slots=True)
class Requirement:
    """One promise.

    id: stable; "operationId/kind" or "operationId/behaviour" for derived ones. operations: operationIds it speaks of.
    kind: "behaviour" for behaviours, else what is judged: "status", "media-type", "schema", "headers",
    "parameters", "body", "authentication", "no-server-error" or "success".
    behaviour: for behaviours, the name by which a check finds its requirements.
    sources: the words or pointers it comes from; may be empty for what the full contract guesses.
    """

    id: str
    level: Obligation
    text: str
    capability: str
    operations: tuple[str, ...]
    kind: str
    behaviour: str | None
    sources: tuple[Quote, ...]


def load_requirements(contract: Contract, profile: str = "full", path: Path | None = None) -> tuple[Requirement, ...]:
    """The requirements that speak of this contract: derived ones first, then written ones.

    profile: "full", "documented", or "given" for a contract that is not packaged; it decides which provenance is
    quoted, and of the documented form nothing is derived from what people decided.
    path: a requirements file; by default the packaged one. Written requirements whose operations the contract
    does not have are left out, so that a contract of another interface simply has none. Where a written one tells
    a behaviour of an operation, none is derived.
    """
    quotes = _provenance_quotes() if profile in packaged.PROFILES else {}
    derived = tuple(requirement for operation in contract.operations for requirement in derive(operation, quotes))
    written = tuple(one for one in read_requirements(path) if _speaks_of(one, contract, path))
    told = {(one.behaviour, operation) for one in written for operation in one.operations}
    behaviours = tuple(_behaviours(contract, profile, quotes, told))
    return derived + written + behaviours


def read_requirements(path: Path | None = None) -> tuple[Requirement, ...]:
    """The written requirements of a file, quotes checked against their sources."""
    chosen = path or packaged.spec_folder() / "requirements.yaml"
    loaded = load_document(chosen)
    sources = {source.id: source for source in load_sources()}
    found: dict[str, Requirement] = {}
    for index, raw in enumerate(loaded.value):
        line = loaded.span((index,))[0]
        if raw["id"] in found:
            raise ContractError(f"requirement {raw['id']!r} is written twice", file=loaded.name, line=line)
        found[raw["id"]] = Requirement(
            id=raw["id"],
            level=Obligation(raw["level"]),
            text=raw["text"],
            capability=raw["capability"],
            operations=tuple(raw["operations"]),
            kind="behaviour",
            behaviour=raw["behaviour"],
            sources=tuple(quote_from(quote, sources, loaded.name, line) for quote in raw["sources"]),
        )
    return tuple(found.values())


def _speaks_of(requirement: Requirement, contract: Contract, path: Path | None) -> bool:
    """Whether a contract has all operations of a written requirement, and they are what its author meant."""
    if not all(name in contract.by_id for name in requirement.operations):
        return False
    # Another interface may well have an operation of the same name.
    return path is not None or all(
        contract.by_id[name].path == _packaged_paths()[name] for name in requirement.operations
    )


@lru_cache(maxsize=1)
def _packaged_paths() -> Mapping[str, str]:
    """OperationId to path template, of the packaged contract."""
    document = load_document(packaged.contract_path("documented")).value
    methods = (one for item in document["paths"].items() for one in _operations(*item))
    return dict(methods)


def _operations(path: str, item: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    return ((raw["operationId"], path) for raw in item.values() if isinstance(raw, Mapping) and "operationId" in raw)


def _behaviours(
    contract: Contract, profile: str, quotes: Mapping[str, tuple[Quote, ...]], told: Collection[tuple[str | None, str]]
) -> Iterator[Requirement]:
    """What follows from the behaviour data of a contract, but for what is told in words already."""
    for name, promises in promises_of(contract, profile).items():
        operation = contract.by_id[name]
        for promise in promises:
            if (promise.behaviour, name) in told:
                continue
            yield Requirement(
                id=f"{name}/{promise.behaviour}",
                level=Obligation.MUST if promise.is_firm else Obligation.SHOULD,
                text=f"{operation.method.upper()} {operation.path}: {BEHAVIOURS[promise.behaviour]}",
                capability=promise.capability,
                operations=(name,),
                kind="behaviour",
                behaviour=promise.behaviour,
                sources=_quoted(f"{operation.pointer}/{promise.member}", quotes),
            )


def derive(operation: Operation, quotes: Mapping[str, tuple[Quote, ...]]) -> Iterator[Requirement]:
    """What follows from one operation of the contract; `quotes` maps contract pointers to source words."""
    for kind, text, pointer in _promises(operation):
        yield Requirement(
            id=f"{operation.id}/{kind}",
            level=Obligation.MUST,
            text=text,
            capability="core",
            operations=(operation.id,),
            kind=kind,
            behaviour=None,
            sources=_quoted(pointer, quotes),
        )


def _promises(operation: Operation) -> Iterator[tuple[str, str, str]]:
    """Kind, sentence, and pointer of the part of the contract that says so."""
    here, name = operation.pointer, f"{operation.method.upper()} {operation.path}"
    responses = f"{here}/responses"
    yield "success", f"{name} answers a valid request with success.", responses
    yield "no-server-error", f"{name} never answers with a server error.", responses
    if "default" not in operation.responses:
        codes = ", ".join(operation.responses)
        yield "status", f"{name} answers only with the documented status codes: {codes}.", responses
    contents = [media for response in operation.responses.values() for media in response.media_types.values()]
    if contents:
        yield "media-type", f"{name} answers in the documented media types.", responses
    if any(media.schema for media in contents):
        yield "schema", f"The answers of {name} have the documented shape.", responses
    if any(response.headers for response in operation.responses.values()):
        yield "headers", f"The answers of {name} carry the documented header fields.", responses
    if operation.parameters:
        yield "parameters", f"{name} takes valid parameters and refuses invalid ones.", f"{here}/parameters"
    if operation.body:
        yield "body", f"{name} takes a valid body and refuses an invalid one.", f"{here}/requestBody"
    if operation.security and () not in operation.security:
        yield "authentication", f"{name} refuses a request without valid credentials.", f"{here}/security"


def _quoted(pointer: str, quotes: Mapping[str, tuple[Quote, ...]]) -> tuple[Quote, ...]:
    """Up to three quotes of the leaves below a pointer of which no source says the same twice.

    A form says `in: formData` of every field, and only elsewhere how it is encoded.
    """
    found: dict[tuple[str, str], Quote] = {}
    for leaf, spoken in quotes.items():
        if leaf == pointer or leaf.startswith(f"{pointer}/"):
            for quote in spoken:
                found.setdefault((quote.source, " ".join(quote.text.split())), quote)
    return tuple(list(found.values())[:3])


@lru_cache(maxsize=1)
def _provenance_quotes() -> Mapping[str, tuple[Quote, ...]]:
    """Contract pointer to the words behind it, from the packaged provenance.json."""
    document = load_provenance()
    return {pointer: tuple(_quote(raw) for raw in entry["sources"]) for pointer, entry in document["leaves"].items()}


def _quote(raw: Mapping[str, str]) -> Quote:
    return Quote(raw["source"], raw["file"], raw["lines"], raw["text"])
