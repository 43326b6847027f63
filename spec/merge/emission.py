"""Emission: a tree becomes a file, byte for byte the same whatever order it grew in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import Any

import yaml

from spec.contract import METHODS
from spec.facts import Level
from spec.merge.claim import Origin
from spec.merge.tree import Branch, Leaf, leaves, plain
from spec.template import concrete_first

_ROOT = ("openapi", "info", "servers", "tags", "x-resources", "x-error-styles", "paths", "components")
_OPERATION = (
    "tags", "summary", "description", "operationId", "x-api", "x-sources", "parameters", "requestBody", "responses",
    "security", "x-resource", "x-page", "x-errors", "x-levels",
)  # fmt: skip
_PARAMETER = ("name", "in", "description", "required", "style", "explode", "schema", "example")
_RESPONSE = ("description", "x-name", "headers", "content", "links")
_SCHEMA = (
    "$ref", "title", "description", "type", "format", "pattern", "enum", "minimum", "maximum", "minLength",
    "maxLength", "nullable", "default", "x-list", "required", "properties", "items", "x-lifecycle", "x-levels",
    "example",
)  # fmt: skip
_BEHAVIOUR = ("name", "role", "field", "style", "initial", "states", "transitions", "order", "size", "page")
_COMPONENTS = ("securitySchemes", "schemas", "parameters", "headers", "responses")
BEHAVIOURS = ("x-resource", "x-page", "x-lifecycle", "x-errors", "x-list")
"""Members that tell behaviour; each is accompanied by its levels in `x-levels`."""


def ordered(tree: Branch) -> Branch:
    """The tree with every mapping in its fixed order and `x-levels` beside every behaviour."""
    root = _sorted(tree, _ROOT)
    if "paths" in root:
        root["paths"] = Branch(
            {path: _path_item(root["paths"][path]) for path in sorted(root["paths"], key=concrete_first)}
        )
    if "components" in root:
        root["components"] = _sorted(root["components"], _COMPONENTS)
        for kind, members in root["components"].items():
            root["components"][kind] = Branch(
                {name: _schema(members[name]) if kind == "schemas" else members[name] for name in sorted(members)}
            )
    return root


def to_yaml(tree: Branch, header: str) -> bytes:
    """The YAML text of an ordered tree under a comment header: no anchors, no wrapping, LF."""
    comment = "".join(f"# {line}".rstrip() + "\n" for line in header.splitlines())
    body = yaml.dump(plain(tree), Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=10**6)
    return (comment + body).encode("utf-8")


class _Dumper(yaml.CSafeDumper):
    """Writes every value in place (no anchors) and quotes what YAML 1.1 readers would take for another type."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002  # the signature is PyYAML's
        return True


_LOOKS_OTHERWISE = re.compile(r"[0-9.+-].*|y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)


def _write_text(dumper: yaml.CSafeDumper, text: str) -> yaml.ScalarNode:
    style = "'" if _LOOKS_OTHERWISE.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _write_text)


def _sorted(branch: Branch, order: tuple[str, ...]) -> Branch:
    rank = {key: index for index, key in enumerate(order)}
    result = Branch({key: branch[key] for key in sorted(branch, key=lambda key: (rank.get(key, len(rank)), key))})
    result.origin = branch.origin
    return result


def _path_item(item: Branch) -> Branch:
    ranked = _sorted(item, ("servers", "parameters", *METHODS))
    for key, member in ranked.items():
        if key in METHODS:
            ranked[key] = _operation(member)
    return ranked


def _operation(operation: Branch) -> Branch:
    result = _with_levels(_sorted(operation, _OPERATION), _OPERATION)
    for behaviour in ("x-resource", "x-page"):
        if behaviour in result:
            result[behaviour] = _sorted(result[behaviour], _BEHAVIOUR)
    if "parameters" in result:
        result["parameters"] = [_parameter(parameter) for parameter in result["parameters"]]
    if "requestBody" in result:
        result["requestBody"] = _sorted(result["requestBody"], ("description", "required", "content"))
        _tidy_content(result["requestBody"])
    responses = result["responses"]
    result["responses"] = Branch({code: _sorted(responses[code], _RESPONSE) for code in sorted(responses)})
    for response in result["responses"].values():
        _tidy_content(response)
    return result


def _parameter(parameter: Branch) -> Branch:
    result = _sorted(parameter, _PARAMETER)
    if isinstance(result.get("schema"), Branch):
        result["schema"] = _schema(result["schema"])
    return result


def _tidy_content(holder: Branch) -> None:
    for media_type in holder.get("content", {}).values():
        if isinstance(media_type, Branch) and isinstance(media_type.get("schema"), Branch):
            media_type["schema"] = _schema(media_type["schema"])


def _schema(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_schema(member) for member in schema]
    if not isinstance(schema, Branch):
        return schema
    result = _with_levels(_sorted(schema, _SCHEMA), _SCHEMA)
    for key, member in result.items():
        if key == "properties":
            fields = Branch({name: _schema(field) for name, field in member.items()})
            fields.origin = member.origin
            result[key] = fields
        elif key in ("items", "additionalProperties", "allOf", "anyOf", "oneOf", "not"):
            result[key] = _schema(member)
    return result


def _with_levels(branch: Branch, order: tuple[str, ...]) -> Branch:
    levels = dict(_levels(branch))
    if not levels:
        return branch
    branch["x-levels"] = Branch(
        {key: Leaf(str(level), Origin(level, "level-of-behaviour")) for key, level in levels.items()}
    )
    return _sorted(branch, order)


def _levels(branch: Branch) -> Iterator[tuple[str, Level]]:
    """One entry a behaviour where all of it has one level, else one entry a leaf, as a dotted name."""
    for behaviour in BEHAVIOURS:
        if behaviour not in branch:
            continue
        found = [(location, leaf.origin.level) for location, leaf in leaves(branch[behaviour])]
        if len({level for _, level in found}) == 1:
            yield behaviour, found[0][1]
            continue
        for location, level in found:
            # A list is told as a whole.
            names = takewhile(lambda part: isinstance(part, str), location)
            yield ".".join([behaviour, *map(str, names)]), level
