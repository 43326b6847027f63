"""Observing: a look at a target with safe reads only, and what its declaration and overlay might say."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.declaring.outline import Seen
from conformance.declaring.waiver import missing_operations
from conformance.exchange.client import Client
from conformance.exchange.exchange import Answer, Exchange
from conformance.exchange.shape import Item, item_in, items_in
from conformance.run.discovery import Atlas, discover
from spec.contract import Contract, Operation, Role
from spec.pointer import split_pointer
from spec.resource import follow
from spec.schema import compile_schema

_KEPT_IDS = 2


@dataclass(frozen=True, slots=True)
class Proposal:
    """One action for an overlay: where, what (None removes what is there), and what was seen."""

    target: str
    update: Mapping[str, Any] | None
    reason: str


@dataclass(slots=True)
class Sight:
    """All that was seen: proposals in the order of the contract, and what the declaration may say."""

    seen: Seen
    proposals: list[Proposal] = field(default_factory=list)


def observe(client: Client, requirements_capabilities: frozenset[str], overlay: str) -> Sight:
    """Read what can be read at the target, and propose what its declaration might say.

    requirements_capabilities: names that the contract's requirements know. overlay: file name for the proposals.
    """
    contract = client.contract
    atlas = discover(client, client.target.ids, frozenset(contract.by_id))
    proposals: dict[tuple[str, bool], Proposal] = {}
    for operation in contract.operations:
        if operation.method != "get":
            continue
        for exchange in _reads(client, atlas, operation):
            for proposal in _proposals(contract, operation, exchange):
                proposals.setdefault((proposal.target, proposal.update is None), proposal)
    absent = missing_operations(contract, client.ledger.lines)
    seen = Seen(
        url=client.target.url,
        capabilities=_capabilities(contract, absent, requirements_capabilities),
        ids=_ids(contract, atlas),
        overlay=overlay if proposals else None,
    )
    return Sight(seen, list(proposals.values()))


def overlay_text(contract: Contract, proposals: list[Proposal]) -> str:
    """The overlay document of some proposals, as YAML that a person can edit."""
    lines = [
        "# Proposed by 'mockproof init --observe' from what the target answered. Keep what is meant to be so.",
        "overlay: 1.1.0",
        f"info: {{title: {json.dumps('Bodies of ' + contract.title)}, version: '1'}}",
        "actions:",
    ]
    for proposal in proposals:
        lines += [
            f"  - target: {json.dumps(proposal.target)}",
            f"    description: {json.dumps(proposal.reason)}",
            "    remove: true" if proposal.update is None else f"    update: {json.dumps(proposal.update)}",
        ]
    return "\n".join(lines) + "\n"


def _reads(client: Client, atlas: Atlas, operation: Operation) -> Iterator[Exchange]:
    for address in atlas.addresses(operation)[:2]:
        yield client.send(operation, address)


def _proposals(contract: Contract, operation: Operation, exchange: Exchange) -> Iterator[Proposal]:
    answer = exchange.answer
    if answer is None or not answer.is_success:
        return
    response = operation.response_for(answer.status)
    if response is None:
        reason = f"GET {exchange.request.target} answered {answer.status}"
        first = next((status for status in operation.document["responses"] if status.startswith("2")), None)
        shown = operation.document["responses"][first] if first else {"description": "Success."}
        yield Proposal(f"{_path(operation)}.responses", {str(answer.status): shown}, reason)
        return
    media = next((one for name, one in response.media_types.items() if name.endswith("json")), None)
    if media is None or media.schema is None or operation.resource is None:
        return
    yield from _envelope(operation, exchange, answer)
    yield from _fields(contract, operation, exchange, answer)


def _envelope(operation: Operation, exchange: Exchange, answer: Answer) -> Iterator[Proposal]:
    """A list that lies in another member than the contract says."""
    use = operation.resource
    body = answer.json()
    if use is None or use.role is not Role.LIST:
        return
    found = (
        next((name for name, value in body.items() if isinstance(value, list)), None)
        if isinstance(body, dict)
        else None
    )
    if found == use.envelope or items_in(body, use.envelope) is None:
        return
    reason = f"GET {exchange.request.target} has its items in {found or 'the body itself'}"
    if found is None:
        return
    status = next(code for code in operation.responses if code[:1] == "2")
    schema = operation.document["responses"][status].get("content", {}).get("application/json", {}).get("schema")
    yield Proposal(f"{_path(operation)}['x-resource']", {"envelope": found}, reason)
    if schema is not None:
        place = f"{_path(operation)}.responses['{status}'].content['application/json']"
        wrapped = {"type": "object", "required": [found], "properties": {found: schema}}
        yield Proposal(f"{place}.schema", None, reason)
        yield Proposal(place, {"schema": wrapped}, reason)


def _fields(contract: Contract, operation: Operation, exchange: Exchange, answer: Answer) -> Iterator[Proposal]:
    """Fields of items whose values do not fit their schema: ids of another type, times without a zone, nulls."""
    use = operation.resource
    pointer = contract.resources[use.name].schema if use is not None else None
    if use is None or pointer is None:
        return
    items: list[Item] = items_in(answer.json(), use.envelope) or [] if use.role is Role.LIST else []
    if use.role is Role.READ and use.part is None and (one := item_in(answer.json(), use.envelope)) is not None:
        items = [one]
    schema = follow(contract.document, contract.schema_at(pointer))
    for name, raw in schema.get("properties", {}).items():
        for item in items[:3]:
            change = _change(contract, raw, item[name]) if name in item else None
            if change is not None:
                place = _json_path(raw["$ref"]) if "$ref" in raw else f"{_json_path(pointer)}.properties['{name}']"
                reason = f"GET {exchange.request.target} has {name} of {json.dumps(item[name])[:60]}"
                yield Proposal(place, change, reason)
                if name == contract.resources[use.name].id and "type" in change:
                    for parameter in _parameters(contract, use.name):
                        yield Proposal(f"{parameter}.schema", change, reason)
                break


def _parameters(contract: Contract, resource: str) -> Iterator[str]:
    """Where the parameters stand that hold ids of a resource; each once."""
    seen: set[str] = set()
    for operation in contract.operations:
        names = [
            parameter for parameter, name in (operation.resource.path if operation.resource else ()) if name == resource
        ]
        item = contract.document["paths"][operation.path]
        places = ((f"$.paths['{operation.path}']", item), (_path(operation), operation.document))
        for place, node in places:
            for index, raw in enumerate(node.get("parameters", ())):
                target = _json_path(raw["$ref"]) if "$ref" in raw else f"{place}.parameters[{index}]"
                told = contract.schema_at(raw["$ref"]) if "$ref" in raw else raw
                if told.get("in") == "path" and told.get("name") in names and target not in seen:
                    seen.add(target)
                    yield target


def _json_path(pointer: str) -> str:
    return "$" + "".join(f"['{part}']" for part in split_pointer(pointer))


def _change(contract: Contract, raw: Mapping[str, Any], value: Any) -> dict[str, Any] | None:
    if compile_schema(raw, contract.document).is_valid(value):
        return None
    schema = follow(contract.document, raw)
    if value is None:
        return {"nullable": True}
    kinds = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    kind = kinds[type(value)]
    if schema.get("type") != kind and kind in ("integer", "number", "string", "boolean"):
        return {"type": kind}
    if schema.get("format") == "date-time" and isinstance(value, str):
        return {"format": "date-time-without-zone"}
    return None


def _capabilities(contract: Contract, absent: Mapping[str, str], names: frozenset[str]) -> dict[str, tuple[bool, str]]:
    found: dict[str, tuple[bool, str]] = dict.fromkeys(sorted(names - {"core"}), (True, ""))
    for name, reason in absent.items():
        resource = contract.by_id[name].resource
        last = resource.name.rpartition("_")[2] if resource else ""
        for capability in (f"{last}s", last):
            if capability in found:
                found[capability] = (False, reason)
    return found


def _ids(contract: Contract, atlas: Atlas) -> dict[str, list[str]]:
    return {
        resource: [place.chain[resource] for place in places[:_KEPT_IDS]]
        for resource, places in atlas.places.items()
        if contract.resources[resource].parent is None and places
    }


def _path(operation: Operation) -> str:
    return f"$.paths['{operation.path}'].{operation.method}"
