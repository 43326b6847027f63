"""Sample requests for the banner: one per group of operations that share their credentials.

A newcomer should see real data after one paste, so the best sample lists things, needs few ids, and
takes them and its token from the fixtures.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote

from spec.contract import Contract, Operation, Role
from spec.fixtures import Fixtures, Item, Token


@dataclass(frozen=True, slots=True)
class Sample:
    """One request that the mock answers with data.

    group: first tag of the operation, or its security schemes. path: percent-encoded, below the base URL.
    headers: the credentials it needs.
    """

    group: str
    operation_id: str
    path: str
    headers: tuple[tuple[str, str], ...]

    def curl(self, base_url: str) -> str:
        """A line for a shell."""
        words = ["curl", "-s"]
        for name, value in self.headers:
            words += ["-H", f"{name}: {value}"]
        return shlex.join([*words, f"{base_url}{self.path}"])


def pick_samples(contract: Contract, fixtures: Fixtures) -> tuple[Sample, ...]:
    """The best sample of each group, in the contract's order; a group without one is left out."""
    best: dict[frozenset[str], Sample] = {}
    for operation in sorted(contract.operations, key=_effort):
        group = frozenset(operation.security[0]) if operation.security else frozenset()
        if group in best or not _is_plain_list(operation):
            continue
        sample = next(_samples(contract, operation, fixtures), None)
        if sample is not None:
            best[group] = sample
    return tuple(sorted(best.values(), key=lambda sample: sample.group))


def _effort(operation: Operation) -> tuple[int, str]:
    return operation.path.count("{"), operation.path


def _is_plain_list(operation: Operation) -> bool:
    """Whether it lists things and asks for nothing but ids in its path and credentials."""
    lists = operation.method == "get" and operation.resource is not None and operation.resource.role is Role.LIST
    return lists and not any(parameter.required and parameter.location == "query" for parameter in operation.parameters)


def _samples(contract: Contract, operation: Operation, fixtures: Fixtures) -> Iterator[Sample]:
    """Every way to fill the operation from the fixtures, the fullest list first."""
    label = operation.tags[0] if operation.tags else " and ".join(operation.security[0] if operation.security else ())
    for token in _tokens(operation, fixtures):
        headers = _headers(contract, operation, token)
        for key in _parents(operation, token, fixtures):
            yield Sample(label, operation.id, contract.base_path + _fill(operation, key), headers)


def _tokens(operation: Operation, fixtures: Fixtures) -> Iterator[Token | None]:
    if not operation.security:
        yield None
        return
    wanted = frozenset(operation.security[0])
    yield from (token for token in fixtures.tokens.values() if wanted <= token.schemes)


def _headers(contract: Contract, operation: Operation, token: Token | None) -> tuple[tuple[str, str], ...]:
    if token is None:
        return ()
    schemes = [contract.security_schemes[name] for name in operation.security[0]]
    return tuple((scheme.header, f"Bearer {token.value}" if scheme.bearer else token.value) for scheme in schemes)


def _parents(operation: Operation, token: Token | None, fixtures: Fixtures) -> Iterator[tuple[str | int, ...]]:
    """Keys of the things whose list it is, those with most items first; the empty key for a list of all."""
    assert operation.resource is not None  # noqa: S101  # _is_plain_list saw to it
    chain = tuple(resource for _, resource in operation.resource.path)
    if not chain:
        yield ()
        return
    counts: dict[tuple[str | int, ...], int] = {}
    for item in fixtures.items.get(operation.resource.name, ()):
        counts[item.key[: len(chain)]] = counts.get(item.key[: len(chain)], 0) + 1
    parents = [item for item in fixtures.items.get(chain[-1], ()) if _is_visible(item, chain, token, fixtures)]
    for parent in sorted(parents, key=lambda item: -counts.get(item.key, 0)):
        yield parent.key


def _is_visible(item: Item, chain: tuple[str, ...], token: Token | None, fixtures: Fixtures) -> bool:
    """Whether the token sees the item and all that it lies under."""
    return all(
        _sees(token, ancestor)
        for depth, resource in enumerate(chain, start=1)
        for ancestor in fixtures.items.get(resource, ())
        if ancestor.key == item.key[:depth]
    )


def _sees(token: Token | None, item: Item) -> bool:
    limits = token.sees.get(item.resource, {}) if token else {}
    return all(item.fields.get(field) in allowed for field, allowed in limits.items())


def _fill(operation: Operation, key: tuple[str | int, ...]) -> str:
    assert operation.resource is not None  # noqa: S101  # _is_plain_list saw to it
    path, named = operation.path, operation.resource.path
    # A flat path names the item alone, without what it lies under.
    for (parameter, _), value in zip(named, key[len(key) - len(named) :], strict=True):
        path = path.replace(f"{{{parameter}}}", quote(str(value), safe=""))
    return path
