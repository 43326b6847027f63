"""Telling a person about a conflict: both values with file and line, and an overlay action to paste."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import yaml

from spec.facts import Source
from spec.merge.assemble import place_of
from spec.merge.tree import Branch, Location, at
from spec.merge.unify import Conflict
from spec.pointer import join_pointer


def explain_conflict(conflict: Conflict, tree: Branch, sources: Mapping[str, Source]) -> str:
    """The text for one conflict: where, what each side says, and a ready action that takes the first side."""
    place = place_of(tree, conflict.address)
    lines = [f"conflict at {join_pointer(place)}"]
    for side in conflict.sides:
        for claim in side:
            source, where = sources[claim.fact.source], claim.fact.where
            value = json.dumps(claim.value, ensure_ascii=False)
            rule = f", read by rule {claim.rule}" if claim.rule else ""
            lines.append(f"  {source.file}:{where.first_line}: {value} ({claim.level}{rule})")
    lines += [
        "",
        "to decide, paste this under 'actions:' of an overlay in spec/overlays:",
        "",
        _action(conflict, place, tree),
    ]
    return "\n".join(lines)


def _action(conflict: Conflict, place: Location, tree: Branch) -> str:
    chosen, others = conflict.sides[0][0].value, [side[0].value for side in conflict.sides[1:]]
    action: dict[str, Any] = {"target": target_of(place[:-1], tree)}
    if conflict.address[-2:] == ("requestBody", "none"):
        action = {"target": target_of(place[:-1], tree), "remove": True}
    else:
        action["update"] = {str(place[-1]): chosen}
    action["x-decision"] = {
        "id": "-".join(part.strip("{}/") for part in conflict.address[-3:]).replace("/", "-").lower(),
        "resolves": {"conflict": join_pointer(place)},
        "reason": f"why this and not {' or '.join(json.dumps(other) for other in others)}",
    }
    text = yaml.safe_dump([action], sort_keys=False, allow_unicode=True, width=10**6)
    return "".join(f"  {line}\n" for line in text.splitlines()).rstrip("\n")


def target_of(place: Location, tree: Branch) -> str:
    """A JSONPath that names the place and stays right when lists grow: parameters are found by name."""
    path = "$"
    for index, part in enumerate(place):
        if isinstance(part, int):
            member = at(tree, place[: index + 1])
            name, location = member["name"].value, member["in"].value
            path += f"[?@.name=='{name}' && @.in=='{location}']"
        else:
            path += f".{part}" if part.isidentifier() else f"['{part}']"
    return path
