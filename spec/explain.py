"""Explain: the provenance of one part of the contract, told to a person."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from spec import packaged
from spec.errors import ContractError
from spec.loading import load_document

_MOST = 40
"""Leaves told in full for one pointer; a larger part is told by its children."""


def load_provenance() -> Mapping[str, Any]:
    """The parsed provenance.json of the packaged contract."""
    document: Mapping[str, Any] = load_document(packaged.spec_folder() / "provenance.json").value
    return document


def entries_at(provenance: Mapping[str, Any], pointer: str) -> Mapping[str, Any]:
    """Pointer to entry of the leaf at the pointer, or of all leaves below it; raises ContractError for none.

    Both spellings are taken: `/` inside a path as `~1`, and without the leading `#`.
    """
    wanted = "#" + pointer.removeprefix("#").rstrip("/")
    leaves = provenance["leaves"]
    found = {place: entry for place, entry in leaves.items() if place == wanted or place.startswith(f"{wanted}/")}
    if not found:
        near = get_close_matches(wanted, leaves, n=3, cutoff=0.5)
        hint = f"near it: {', '.join(near)}" if near else "'mockproof contract show' prints the whole contract"
        raise ContractError(f"the contract has nothing at {pointer}", hint=hint)
    return found


def explain(provenance: Mapping[str, Any], pointer: str, value_of: Mapping[str, Any]) -> str:
    """The text for one pointer: each leaf with value, level, rule or decision, and its sources word for word.

    value_of: pointer to the value that stands in the contract.
    """
    found = entries_at(provenance, pointer)
    blocks = [
        _block(place, found[place], value_of.get(place), provenance["decisions"]) for place in list(found)[:_MOST]
    ]
    if len(found) > _MOST:
        blocks.append(f"… and {len(found) - _MOST} more leaves below {pointer}; ask for a deeper pointer")
    return "\n\n".join(blocks)


def _block(place: str, entry: Mapping[str, Any], value: Any, decisions: Mapping[str, Any]) -> str:
    lines = [place, f"  value     {json.dumps(value, ensure_ascii=False)}", f"  level     {entry['level']}"]
    if "rule" in entry:
        lines.append(f"  rule      {entry['rule']}")
    if "decision" in entry:
        decision = decisions.get(entry["decision"], {})
        where = f" ({decision.get('file')}:{decision.get('line')})" if decision else ""
        lines.append(f"  decision  {entry['decision']}{where}")
        lines.append(f"  because   {decision.get('reason', '')}")
    if "documented" in entry:
        lines.append(f"  documented form holds {json.dumps(entry['documented'], ensure_ascii=False)}")
    lines += _told("says so", entry["sources"]) + _told("says otherwise", entry.get("overruled", []))
    return "\n".join(lines)


def _told(verdict: str, quotes: Sequence[Mapping[str, str]]) -> list[str]:
    """Each different text once, with every place of a file where it stands."""
    places: dict[tuple[str, str], list[str]] = {}
    for quote in quotes:
        places.setdefault((quote["file"], quote["text"]), []).append(quote["lines"])
    lines = []
    for (file, text), numbers in places.items():
        lines.append(f"  {verdict}   {file}:{', '.join(numbers)}")
        lines += [f"    | {line.strip()}" for line in text.splitlines() if line.strip()]
    return lines
