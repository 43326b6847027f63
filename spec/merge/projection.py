"""Projection: from the full tree to the documented one, in which nothing below `prose` is enforced.

Three kinds of members are told apart. *Annotations* only name or describe, and stay. *Constraints*
can fail an implementation, and stay only where a source tells them in a field or a sentence.
*Relaxations* allow more, and stay. What is not listed is a constraint.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spec.errors import ContractError
from spec.facts import Level
from spec.merge.claim import Origin
from spec.merge.overlay import Applied
from spec.merge.tree import Branch, Leaf, at, copy, grow, leaves
from spec.pointer import resolve_pointer, split_pointer

_ANNOTATIONS = frozenset(
    {"operationId", "tags", "summary", "description", "x-api", "x-sources", "x-resource", "x-name"}
)
_BEHAVIOURS = ("x-page", "x-lifecycle", "x-list")
_SCHEMA_ANNOTATIONS = frozenset({"title", "description"})
_SCHEMA_MAPS = frozenset({"properties"})
_SCHEMA_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_SCHEMA_NESTED = frozenset({"items", "additionalProperties", "not"})
_RELAXATIONS = frozenset({"nullable"})

_OTHER_ANSWERS = "An answer that no source speaks of; it is never a violation."


def project(applied: Applied) -> Branch:
    """The documented tree of a full one, with the documented forms of decisions merged in."""
    full = applied.tree
    root = Branch()
    for key in ("openapi", "info", "servers", "tags"):
        if key in full:
            root[key] = copy(full[key])
    root["x-resources"] = copy(full.get("x-resources", Branch()))
    root["paths"] = Branch({path: _path_item(item) for path, item in full.get("paths", {}).items()})
    root["components"] = _components(full)
    for location, value, action in applied.documented:
        _overlay_documented(root, location, value, Origin(Level.DECIDED, "documented-form", decision=action.id))
    _drop_unreachable(root)
    return root


def _is_told(node: Any) -> bool:
    """Whether a source tells, in a field or a sentence, that this exists."""
    origin = node.origin
    return origin is not None and origin.level.is_enforceable


def _path_item(item: Branch) -> Branch:
    return Branch({key: copy(member) if key == "servers" else _operation(member) for key, member in item.items()})


def _operation(full: Branch) -> Branch:
    kept = Branch({key: copy(member) for key, member in full.items() if key in _ANNOTATIONS})
    if "parameters" in full:
        told = [_parameter(parameter) for parameter in full["parameters"] if _is_told(parameter["name"])]
        kept.update({"parameters": told} if told else {})
    if "requestBody" in full and (body := _request_body(full["requestBody"])):
        kept["requestBody"] = body
    kept["responses"] = _responses(full["responses"])
    if "security" in full and all(_is_told(leaf) for _, leaf in leaves(full["security"])):
        kept["security"] = copy(full["security"])
    for behaviour in _BEHAVIOURS:
        if behaviour in full and (told := _told_only(full[behaviour])) is not None:
            kept[behaviour] = told
    return kept


def _parameter(full: Branch) -> Branch:
    kept = Branch()
    for key, member in full.items():
        if key == "schema":
            kept[key] = _schema(member) or Branch()
        elif key in ("name", "in", "description") or (key in ("required", "style", "explode") and _is_told(member)):
            kept[key] = member
    return kept


def _request_body(full: Branch) -> Branch | None:
    content = _content(full.get("content", Branch()))
    if not content:
        return None
    kept = Branch({"content": content})
    for key in ("description", "required"):
        if key in full and (key == "description" or _is_told(full[key])):
            kept[key] = full[key]
    return kept


def _content(full: Branch) -> Branch:
    kept = Branch()
    for name, media_type in full.items():
        if not _is_told(media_type):
            continue
        schema = _schema(media_type["schema"]) if isinstance(media_type, Branch) and "schema" in media_type else None
        kept[name] = Branch({"schema": schema}) if schema else Leaf({}, media_type.origin)
    return kept


def _responses(full: Branch) -> Branch:
    kept = Branch({code: _response(response) for code, response in full.items() if _is_told(response)})
    if "default" not in kept:
        told = Origin(Level.INFERRED, "other-answers-are-open")
        kept["default"] = grow({"description": _OTHER_ANSWERS}, told)
    return kept


def _response(full: Branch) -> Branch:
    kept = Branch({key: full[key] for key in ("description", "x-name") if key in full})
    headers = Branch({name: copy(h) for name, h in full.get("headers", {}).items() if _is_told(h)})
    content = _content(full.get("content", Branch()))
    kept.update({key: member for key, member in (("headers", headers), ("content", content)) if member})
    return kept


def _schema(full: Any) -> Branch | None:
    """The told part of a schema; None where nothing is left."""
    kept = Branch()
    for key, member in full.items():
        if key in _SCHEMA_ANNOTATIONS | _RELAXATIONS:
            kept[key] = member
        elif key in _SCHEMA_MAPS:
            parts = {name: _schema(part) for name, part in member.items()}
            told = Branch(
                {
                    name: part if part is not None else Branch()
                    for name, part in parts.items()
                    if part or _is_named(member[name])
                }
            )
            kept.update({key: told} if told else {})
        elif key in _SCHEMA_NESTED and isinstance(member, Branch):
            nested = _schema(member)
            kept.update({key: nested} if nested else {})
        elif key in _SCHEMA_LISTS:
            options = [_schema(option) for option in member]
            kept.update({key: options} if all(options) else {})
        elif isinstance(member, Leaf):
            _keep_constraint(kept, key, member)
        elif all(_is_told(leaf) for _, leaf in leaves(member)):
            kept[key] = copy(member)
    return kept if any(key not in _RELAXATIONS | _SCHEMA_ANNOTATIONS for key in kept) else _if_described(kept)


def _if_described(kept: Branch) -> Branch | None:
    told = {key: leaf for key, leaf in kept.items() if key in _SCHEMA_ANNOTATIONS and _is_told(leaf)}
    return Branch(told) if told else None


def _keep_constraint(kept: Branch, key: str, leaf: Leaf) -> None:
    if leaf.origin.wider is not None:
        kept[key] = Leaf(leaf.origin.wider, leaf.origin)
    elif _is_told(leaf):
        kept[key] = leaf


def _is_named(field: Any) -> bool:
    return isinstance(field, Branch) and any(_is_told(leaf) for _, leaf in leaves(field))


def _told_only(full: Any) -> Any:
    """A behaviour reduced to the leaves that a source tells; None where none is left."""
    if isinstance(full, Leaf):
        return full if _is_told(full) else None
    if isinstance(full, list):
        told = [_told_only(member) for member in full]
        return told if all(member is not None for member in told) else None
    kept = Branch({key: part for key, member in full.items() if (part := _told_only(member)) is not None})
    return kept or None


def _components(full: Branch) -> Branch:
    components = Branch()
    told = full.get("components", Branch())
    if "securitySchemes" in told:
        components["securitySchemes"] = copy(told["securitySchemes"])
    if "schemas" in told:
        schemas = {name: _schema(schema) for name, schema in told["schemas"].items()}
        components["schemas"] = Branch({name: schema for name, schema in schemas.items() if schema})
    return components


def _overlay_documented(root: Branch, location: tuple[str | int, ...], value: Any, origin: Origin) -> None:
    target = at(root, location)
    for key, member in value.items():
        target[key] = grow(member, origin)


def _drop_unreachable(root: Branch) -> None:
    """Components that nothing refers to, and references of resources to what is gone, are left out."""
    schemas: Mapping[str, Any] = root["components"].get("schemas", Branch())
    reached: set[str] = set()
    queue = [root["paths"]]
    while queue:
        for location, leaf in leaves(queue.pop()):
            if location[-1:] == ("$ref",):
                name = split_pointer(leaf.value)[-1]
                if name in schemas and name not in reached:
                    reached.add(name)
                    queue.append(schemas[name])
    if "schemas" in root["components"]:
        root["components"]["schemas"] = Branch({name: schemas[name] for name in schemas if name in reached})
        if not reached:
            del root["components"]["schemas"]
    for resource in root["x-resources"].values():
        if isinstance(resource, Branch) and "schema" in resource and not _exists(root, resource["schema"].value):
            del resource["schema"]


def _exists(root: Branch, pointer: str) -> bool:
    try:
        resolve_pointer(root, pointer)
    except ContractError:
        return False
    return True
