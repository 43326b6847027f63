"""Furnishing: what the kit creates before it looks, so that there is something of its own to read and change."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from conformance.exchange.sample import sample_body
from conformance.manners.manners import Deed, deed_of, named, naming_field
from conformance.run.discovery import reach
from conformance.scenarios.scene import Scene
from spec.contract import Contract, Operation, Role
from spec.contract_reader import contract_from


def furnish(scene: Scene, operations: Sequence[Operation]) -> None:
    """One valid request of every operation that changes something, so that its address is known; nothing is deleted.

    Creates come first: what they make may be all there is to read or change. Where things can be deleted there are
    two of them, one to delete and one to keep.
    """
    writes = [op for op in operations if deed_of(op) in (Deed.CREATE, Deed.CHANGE)]
    for operation in sorted(writes, key=lambda op: (deed_of(op) is not Deed.CREATE, _depth(scene.model, op))):
        for _ in range(_count(scene.model, operation)):
            made = scene.accepted(operation)
            if made is not None:
                scene.note_created(operation, *made)
    for operation in operations:
        if operation.method == "get" and operation.id not in scene.atlas.reached:
            reach(scene.atlas, scene.client, operation)


def with_names(contract: Contract, name: str) -> Contract:
    """The contract with examples of creates whose free text field, if they have one, holds a name."""
    found = {op.id: naming_field(contract, op) for op in contract.operations}
    fields = {identifier: field for identifier, field in found.items() if field is not None}
    if not fields:
        return contract
    document: dict[str, Any] = json.loads(json.dumps(contract.document))
    for operation in contract.operations:
        if operation.id in fields and operation.body is not None:
            field, longest = fields[operation.id]
            body = {**(sample_body(contract, operation) or {}), field: named(name, longest)}
            _set_example(document, operation, body)
    return contract_from(document, contract.data, contract.title)


def _set_example(document: dict[str, Any], operation: Operation, body: Mapping[str, Any]) -> None:
    raw = document["paths"][operation.path][operation.method]
    content = {}
    for name, media in (operation.body.media_types if operation.body else {}).items():
        content[name] = {**({"schema": media.schema} if media.schema is not None else {}), "example": dict(body)}
    raw["requestBody"] = {"required": bool(operation.body and operation.body.required), "content": content}


def _depth(contract: Contract, operation: Operation) -> int:
    """How many things the one of an operation lies in: a path may leave some of them out."""
    name, depth = operation.resource.name if operation.resource else None, 0
    while name is not None:
        name, depth = contract.resources[name].parent, depth + 1
    return depth


def _count(contract: Contract, operation: Operation) -> int:
    use = operation.resource
    if use is None or use.role is not Role.CREATE:
        return 1
    return 2 if contract.uses_of(use.name, Role.DELETE) else 1
