"""Assemble: unified leaves take the shape of an OpenAPI document, and gaps get their rule defaults.

The neutral tree keys parameters by `in:name`; here they become the list that OpenAPI wants. What the
format demands and no source writes is added by a named rule, at level `inferred` unless the format
leaves no choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from spec.facts import Level
from spec.merge.claim import Origin
from spec.merge.tree import Branch, Leaf, Location, at, grow, plain
from spec.merge.unify import Address, Unified
from spec.pointer import join_pointer, split_pointer
from spec.template import parameters_in

_ABSENCES = (("requestBody", "none"), ("x-optional",))
"""Ends of addresses that are honoured by leaving something out of the contract."""

_NOBODY_SAYS = Origin(Level.INFERRED, "untyped-is-string")
_LOCATIONS = ("path", "query", "header", "cookie")


def is_absence(address: Address) -> bool:
    """Whether a claim at this address is kept by what the contract does not say."""
    return any(address[-len(end) :] == end for end in _ABSENCES)


def assemble(unified: Unified) -> Branch:
    """The tree of everything that the sources say, in the shape of OpenAPI 3."""
    root = Branch()
    for address, origin in unified.nodes.items():
        _branch_at(root, address).origin = origin
    for address, leaf in unified.leaves.items():
        if not is_absence(address):
            _branch_at(root, address[:-1])[address[-1]] = grow(leaf.value, leaf.origin)
    for path, operation in _operations(root):
        _list_parameters(operation, path)
        _type_the_untyped(operation)
        operation["x-sources"] = grow(_sources(operation), _why(operation, "speaking-sources"))
    _name_schemas(root)
    return root


def place_of(root: Branch, address: Address) -> Location:
    """Where an address of the neutral tree lies in the assembled one: parameters by index, named schemas by `$ref`."""
    place: list[str | int] = []
    node: Any = root
    for part in address:
        if isinstance(node, Branch) and "$ref" in node:
            place = list(split_pointer(node["$ref"].value))
            node = at(root, tuple(place))
        if isinstance(node, list):
            location, _, name = part.partition(":")
            index = next(i for i, p in enumerate(node) if (p["in"].value, p["name"].value) == (location, name))
            place.append(index)
            node = node[index]
        else:
            place.append(part)
            node = node.get(part, Branch()) if isinstance(node, Branch) else Branch()
    return tuple(place)


def pointer_of(root: Branch, address: Address) -> str:
    """The JSON pointer of that place, by which decisions name a conflict."""
    return join_pointer(place_of(root, address))


def _branch_at(root: Branch, address: Address) -> Branch:
    node = root
    for part in address:
        found = node.setdefault(part, Branch())
        if isinstance(found, Leaf):
            # Something exists and is also described: the description wins over the mere mention.
            found = node[part] = Branch()
        node = found
    return node


def _operations(root: Branch) -> Iterator[tuple[str, Branch]]:
    """Each operation with the path that it stands at."""
    for path, item in root.get("paths", {}).items():
        for method, operation in item.items():
            if method not in ("servers", "parameters"):
                yield path, operation


def _why(node: Branch, rule: str) -> Origin:
    """The origin of something that exists because its operation or media type does."""
    return Origin(node.origin.level, rule, claims=node.origin.claims) if node.origin else Origin(Level.STATED, rule)


def _sources(operation: Branch) -> list[str]:
    return sorted({claim.fact.source for claim in operation.origin.claims}) if operation.origin else []


def _list_parameters(operation: Branch, path: str) -> None:
    keyed: Mapping[str, Branch] = operation.pop("parameters", {})
    templated = parameters_in(path)
    found = dict(keyed)
    for name in templated:
        if f"path:{name}" not in found:
            values = {"name": name, "in": "path", "required": True}
            found[f"path:{name}"] = _branch_of(values, _why(operation, "template-names-parameters"))
    if found:
        operation["parameters"] = [found[key] for key in sorted(found, key=lambda key: _rank(key, templated))]


def _branch_of(values: Mapping[str, Any], origin: Origin) -> Branch:
    branch = Branch({key: Leaf(value, origin) for key, value in values.items()})
    branch.origin = origin
    return branch


def _rank(key: str, templated: tuple[str, ...]) -> tuple[int, int, str]:
    location, _, name = key.partition(":")
    return (_LOCATIONS.index(location), templated.index(name) if name in templated else 0, name)


def _type_the_untyped(operation: Branch) -> None:
    for parameter in operation.get("parameters", ()):
        schema = parameter.setdefault("schema", Branch())
        if "type" not in schema:
            schema["type"] = Leaf("string", _NOBODY_SAYS)
    for media_type in operation.get("requestBody", {}).get("content", {}).values():
        schema = media_type.get("schema", {})
        if "properties" in schema:
            schema.setdefault("type", Leaf("object", _why(media_type, "form-is-object")))
        for field in schema.get("properties", {}).values():
            if "type" not in field:
                field["type"] = Leaf("string", _NOBODY_SAYS)


def _name_schemas(root: Branch) -> None:
    """A response schema with a title of its own moves to the components under that title."""
    named: dict[str, Any] = {}
    for _, operation in _operations(root):
        for response in operation.get("responses", {}).values():
            for media_type in response.get("content", {}).values() if isinstance(response, Branch) else ():
                schema = media_type.get("schema") if isinstance(media_type, Branch) else None
                title = schema.get("title") if isinstance(schema, Branch) else None
                if title is None or (title.value in named and plain(named[title.value]) != plain(schema)):
                    continue
                named[title.value] = schema
                reference = f"#/components/schemas/{title.value}"
                media_type["schema"] = Branch({"$ref": Leaf(reference, title.origin)})
    if named:
        components = root.setdefault("components", Branch())
        components["schemas"] = Branch({name: named[name] for name in sorted(named)})
