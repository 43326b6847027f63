"""Provenance: for every leaf of the contract, its level, its rule or decision, and every source that speaks."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from spec.facts import Source
from spec.merge.claim import Claim, Origin
from spec.merge.tree import Branch, Leaf, leaves
from spec.pointer import join_pointer

FORMAT = "1.0"
"""Version of the layout of `provenance.json`."""
AS_WRITTEN = "as-written"
"""The rule of a leaf that stands in a source literally, in a field of its own."""


def provenance(contract: Branch, sources: Iterable[Source], decisions: Mapping[str, Any]) -> bytes:
    """The bytes of `provenance.json`: sources, decisions, and one entry a leaf by its pointer in the contract."""
    by_id = {source.id: source for source in sorted(sources, key=lambda source: source.id)}
    document = {
        "format": FORMAT,
        "generated": "by 'mockproof contract build'; do not edit",
        "sources": {
            id_: {"file": source.file, "sha256": source.digest, "title": source.title} for id_, source in by_id.items()
        },
        "decisions": dict(sorted(decisions.items())),
        "leaves": {join_pointer(place): _entry(leaf, by_id) for place, leaf in leaves(contract)},
    }
    return (json.dumps(document, indent=1, ensure_ascii=False) + "\n").encode("utf-8")


def _entry(leaf: Leaf, sources: Mapping[str, Source]) -> dict[str, Any]:
    origin: Origin = leaf.origin
    entry: dict[str, Any] = {"level": str(origin.level)}
    if origin.decision:
        entry["decision"] = origin.decision
    if origin.rule or not origin.decision:
        entry["rule"] = origin.rule or AS_WRITTEN
    if origin.wider is not None:
        entry["documented"] = origin.wider
    entry["sources"] = [_quote(claim, sources) for claim in _distinct(origin.claims)]
    if origin.overruled:
        entry["overruled"] = [_quote(claim, sources) for claim in _distinct(origin.overruled)]
    return entry


def _distinct(claims: Iterable[Claim]) -> list[Claim]:
    by_place = {(claim.fact.source, claim.fact.where, claim.fact.text): claim for claim in claims}
    return [by_place[place] for place in sorted(by_place, key=lambda place: (place[0], place[1].first_line, place[2]))]


def _quote(claim: Claim, sources: Mapping[str, Source]) -> dict[str, Any]:
    where = claim.fact.where
    source = sources[claim.fact.source]
    quote: dict[str, Any] = {"source": source.id, "file": source.file, "sha256": source.digest}
    if where.pointer is not None:
        quote["pointer"] = where.pointer
    return {**quote, "lines": str(where), "text": claim.fact.text}
