"""Errors where a contract names no style: with the status, and in the shape, that the operation documents for them.

Most contracts tell what a refusal looks like, and not how its texts come about. So the plainest value of the documented
schema is made, and what went wrong is told by the members that are named for it: `detail`, `message`, and their like.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import REASONS, title_of
from spec.contract import ErrorStyle
from spec.errors import ContractError
from spec.resource import follow
from spec.schema import compile_schema
from spec.values.generation import generate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from spec.contract import Contract, JsonObject, MediaType, Operation

_KIN: Final[Mapping[str, tuple[int, ...]]] = MappingProxyType(
    {
        "malformed": (400, 422),
        "invalid-request": (400, 422),
        "unprocessable": (422, 400),
        "conflict": (409, 422, 400),
        "gone": (410, 404),
        "forbidden": (403, 404),
    }
)
"""Statuses that may tell of a reason, the best first; a reason that is not here has one only."""

_TEXTS: Final = ("detail", "message", "error_description", "description", "msg", "error", "reason", "title")
_STATUSES: Final = ("status", "status_code", "statusCode", "code")
_LISTS: Final = ("errors", "details", "violations", "detail", "error")
_DEEPEST: Final = 3


def documented_status(operation: Operation, reason: str) -> int:
    """The first status for a reason that the operation documents by itself; else the usual one."""
    documented = (one for one in _KIN.get(reason, ()) if str(one) in operation.responses)
    return next(documented, REASONS[reason])


def documented_style(contract: Contract, operation: Operation, status: int) -> ErrorStyle | None:
    """How an operation documents an answer with that status; None where it does not, or in problem details."""
    response = operation.response_for(status)
    media_types = response.media_types if response is not None else {}
    media = next((one for name, one in media_types.items() if name.partition(";")[0].endswith("json")), None)
    if media is None or media.schema is None or "application/problem+json" in media_types:
        return None
    body = _body(contract, media, status)
    return ErrorStyle(f"{operation.id} {status}", media.name, body, {}) if body is not None else None


def with_status(value: Any, status: int) -> Any:
    """An error body that speaks of this status, where it names one; anything else as it is."""
    if status < 400 or not isinstance(value, dict):
        return value
    told = value.get("status")
    if not isinstance(told, int) or isinstance(told, bool):
        return value
    renamed = {"title": title_of(status)} if isinstance(value.get("title"), str) else {}
    return {**value, "status": status, **renamed}


def _body(contract: Contract, media: MediaType, status: int) -> Any:
    """A template of the documented shape; None where no value of it could be made."""
    schema: JsonObject = media.schema or {}
    try:
        given = next(iter(media.examples.values()), None) or generate(schema, contract.document, "an error")
        plain = with_status(given, status)
        judge = compile_schema(schema, contract.document)
        drafts = (_told(contract.document, schema, plain, status), plain)
        return next((one for one in drafts if judge.is_valid(one)), None)
    except ContractError:
        return None


def _told(document: JsonObject, schema: JsonObject, plain: Any, status: int, depth: int = 0) -> Any:
    """The value with what went wrong in it, as far as its members say where."""
    schema = follow(document, schema)
    if depth > _DEEPEST or not isinstance(plain, dict):
        return plain
    fields = {name: follow(document, raw) for name, raw in schema.get("properties", {}).items()}
    texts = [name for name in _TEXTS if _is_free(fields.get(name, {}))]
    told: dict[str, Any] = dict(_inner(document, fields, status, depth))
    told |= {"title": title_of(status)} if "title" in texts else {}
    told |= {texts[0]: "{detail}"} if texts else {}
    told |= {name: status for name in _STATUSES if fields.get(name, {}).get("type") == "integer"}
    return {**plain, **told}


def _inner(
    document: JsonObject, fields: Mapping[str, JsonObject], status: int, depth: int
) -> Iterator[tuple[str, Any]]:
    """Members that hold errors of their own: an object, or a list of such."""
    for name in _LISTS:
        field = fields.get(name, {})
        if field.get("type") == "object" or "properties" in field:
            yield name, _told(document, field, generate(field, document, name), status, depth + 1)
        elif field.get("type") == "array":
            item = field.get("items", {})
            yield name, [_told(document, item, generate(item, document, name), status, depth + 1)]


def _is_free(field: JsonObject) -> bool:
    return field.get("type") == "string" and not {"enum", "format", "pattern"} & set(field)
