"""Requests judged against their operation, with everything compiled once when the app is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.acceptance import Acceptance
from mockserver.bodies import compile_bodies
from mockserver.errors import shorten
from mockserver.exchange import Judged, Refusal, Violation
from mockserver.forms import gather, parse_pairs
from mockserver.parameters import compile_parameters
from mockserver.schema import SchemaCompiler
from spec.schema import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.passage import Passage
    from spec.contract import Contract, Operation

_TOLD = 5


class RequestJudge:
    """Judges requests to one operation.

    strict: a query parameter that the contract does not know is a violation too.
    """

    def __init__(self, contract: Contract, operation: Operation, *, strict: bool = False) -> None:
        compiler = SchemaCompiler(contract.document, Direction.REQUEST)
        self._acceptance = Acceptance(operation)
        readers = compile_parameters(contract, operation, compiler)
        self._path, self._query = readers["path"], readers["query"]
        self._headers, self._cookies = readers["header"], readers["cookie"]
        self._bodies = compile_bodies(contract, operation, compiler)
        self._known = {reader.parameter.name for reader in self._query} if strict else None

    def judge(self, passage: Passage) -> Judged:
        """The values of a request; raises one Refusal that carries every violation."""
        self._acceptance.check(passage.headers.get("accept"))
        violations: list[Violation] = []
        path: dict[str, Any] = {}
        query: dict[str, Any] = {}
        headers: dict[str, Any] = {}
        cookies: dict[str, Any] = {}
        for reader in self._path:
            violations += reader.read({reader.parameter.name: (passage.values[reader.parameter.name],)}, path)
        if self._query or self._known is not None:
            fields = gather(parse_pairs(passage.query, "query")) if passage.query else {}
            for reader in self._query:
                violations += reader.read(fields, query)
            violations += self._unknown(fields)
        for reader in self._headers:
            name = reader.parameter.name.lower()
            violations += reader.read({name: (passage.headers[name],)} if name in passage.headers else {}, headers)
        if self._cookies:
            jar = parse_cookies(passage.headers.get("cookie", ""))
            for reader in self._cookies:
                violations += reader.read(jar, cookies)
        body = None
        if self._bodies is not None:
            body, found = self._bodies.read(passage)
            violations += found
        if violations:
            raise Refusal("invalid-request", describe(violations), violations=tuple(violations))
        return Judged(path, query, headers, cookies, body)

    def _unknown(self, fields: Mapping[str, object]) -> list[Violation]:
        if self._known is None:
            return []
        return [
            Violation("query", shorten(name), "unknown", "is not a known parameter")
            for name in fields
            # `box[width]` belongs to the parameter `box`.
            if name not in self._known and name.partition("[")[0] not in self._known
        ]


def parse_cookies(field: str) -> dict[str, list[str]]:
    """Raw cookie values by name."""
    jar: dict[str, list[str]] = {}
    for piece in field.split(";"):
        name, equals, value = piece.strip().partition("=")
        if equals:
            jar.setdefault(name, []).append(value)
    return jar


def describe(violations: list[Violation]) -> str:
    """The first few violations as one line of text."""
    told = [_told(violation) for violation in violations[:_TOLD]]
    if len(violations) > _TOLD:
        told.append(f"and {len(violations) - _TOLD} more")
    return "; ".join(told)


def _told(violation: Violation) -> str:
    where = f"{violation.place} {shorten(violation.pointer, 80)}".strip()
    got = f", got {shorten(violation.got, 60)}" if violation.got else ""
    return f"{where}: {violation.message}{got}"
