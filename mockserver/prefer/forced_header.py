"""Header fields of a forced answer: those that the contract requires, and those that HTTP asks for.

A field that says something about the answer says what is true of it: a count counts, a link leads somewhere.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import orjson

from spec.errors import ContractError
from spec.schema import compile_schema, resolved
from spec.values.generation import generate
from spec.values.invention import invent

if TYPE_CHECKING:
    from random import Random

    from mockserver.exchange import Address
    from spec.contract import Contract, JsonObject, Operation, Response

_SENT_BY_US: Final = frozenset({"content-type", "content-length"})
_COUNTS: Final = ("count", "total")
_RETRY_SECONDS: Final = 1
_BASE: Final = "http://localhost"


class HeaderMaker:
    """Makes the header fields of one operation's forced answers.

    challenge: the WWW-Authenticate of a 401, or None.
    """

    def __init__(self, contract: Contract, operation: Operation, challenge: str | None) -> None:
        self._contract = contract
        self._operation = operation
        self._challenge = challenge

    def make(
        self, status: int, response: Response, body: Any, random: Random, address: Address | None = None
    ) -> dict[str, str]:
        """The fields by name.

        body: the answer's, not yet bytes. address: what was asked for; without one it is made up.
        """
        made = dict(self._asked_by_http(status))
        settled = {name.lower() for name in made}
        for name, header in response.headers.items():
            if name.lower() in _SENT_BY_US or name.lower() in settled:
                continue
            value = self._value(name, header, body, random, address)
            if value is not None:
                made[name] = value
        return made

    def _asked_by_http(self, status: int) -> Iterator[tuple[str, str]]:
        if status == 401 and self._challenge is not None:
            yield "WWW-Authenticate", self._challenge
        if status == 405:
            methods = set(self._contract.methods_of(self._operation.path))
            yield "Allow", ", ".join(sorted(methods | {"OPTIONS"} | ({"HEAD"} if "GET" in methods else set())))
        if status in (429, 503):
            yield "Retry-After", str(_RETRY_SECONDS)

    def _value(self, name: str, header: JsonObject, body: Any, random: Random, address: Address | None) -> str | None:
        schema, document = header.get("schema", {}), self._contract.document
        judge = compile_schema(schema, document)
        for value in self._true_values(name.lower(), body, address):
            if judge.is_valid(value):
                return _spelled(value)
        if "example" in header and judge.is_valid(header["example"]):
            return _spelled(header["example"])
        return _spelled(self._invented(schema, random, name)) if header.get("required") else None

    def _true_values(self, name: str, body: Any, address: Address | None) -> Iterator[Any]:
        if any(word in name for word in _COUNTS):
            yield _length_of(body)
        elif name in ("location", "content-location"):
            yield f"{self._url(address).rstrip('/')}/{_identifier_of(body)}"
        elif name == "link":
            yield f'<{self._url(address)}>; rel="self"'
        elif name == "etag":
            yield f'"{hashlib.sha256(_bytes_of(body)).hexdigest()[:16]}"'

    def _invented(self, schema: JsonObject, random: Random, name: str) -> Any:
        kind = resolved(self._contract.document, schema)
        # Plain words would look like a value that means something.
        is_word = kind.get("type", "string") == "string" and not {"format", "pattern"} & kind.keys()
        if is_word:
            return generate(schema, self._contract.document, name)
        return invent(schema, self._contract.document, random, name)

    def _url(self, address: Address | None) -> str:
        return f"{address.base}{address.path}" if address else f"{_BASE}{self._made_up_path()}"

    def _made_up_path(self) -> str:
        path = f"{self._contract.base_path}{self._operation.path}"
        for parameter in self._operation.parameters:
            if parameter.location == "path":
                try:
                    value = generate(parameter.schema, self._contract.document, parameter.name)
                except ContractError:
                    value = "1"
                path = path.replace(f"{{{parameter.name}}}", quote(str(value), safe=""))
        return path


def _identifier_of(body: Any) -> str:
    """What the thing in an answer is called in a path; "1" where it does not tell."""
    found = body
    if isinstance(body, Mapping) and "id" not in body and len(body) == 1:
        found = next(iter(body.values()))
    identifier = found.get("id", found.get("name")) if isinstance(found, Mapping) else None
    return quote(str(identifier if identifier is not None else 1), safe="")


def _length_of(body: Any) -> int:
    """How many things an answer lists: its own length, or that of its one list."""
    if isinstance(body, list):
        return len(body)
    lists = [value for value in body.values() if isinstance(value, list)] if isinstance(body, Mapping) else []
    return len(lists[0]) if lists else 0


def _bytes_of(body: Any) -> bytes:
    return body if isinstance(body, bytes) else orjson.dumps(body)


def _spelled(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ",".join(_spelled(item) for item in value)
    if isinstance(value, Mapping):
        return ",".join(f"{key},{_spelled(item)}" for key, item in value.items())
    return "" if value is None else str(value)
