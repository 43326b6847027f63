"""The two engines: stock connexion with its own routing, security and validators, and ours.

Both have a handler that hands back what it got, so that coerced values can be compared as well as verdicts.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mockserver.app import create_app
from mockserver.exchange import Context, Handler, Refusal, Reply
from mockserver.extension import Extension
from mockserver.forms.folding import unwrap
from spec.contract import Contract
from spec.fixtures import Fixtures
from tests.differential.wire import Request, Verdict, send

with warnings.catch_warnings():
    # connexion imports starlette's test client, which warns about a library that nobody here uses.
    warnings.simplefilter("ignore")
    from connexion import AsyncApp
    from connexion.operations import AbstractOperation
    from connexion.resolver import Resolution, Resolver
    from connexion.security import ApiKeySecurityHandler, BearerSecurityHandler

Engine = Callable[[Request], Awaitable[Verdict]]


def stock_engine(contract: Contract, fixtures: Fixtures) -> Engine:
    """AsyncApp as its documentation sets it up: one line for the contract, token functions, one handler for all."""
    app = AsyncApp("stock")
    app.add_api(
        _without_examples(json.loads(json.dumps(contract.document))),
        resolver=_Echo(),
        security_map={"bearer": _bearer(contract, fixtures), "apiKey": _api_key(contract, fixtures)},
    )

    async def answer(request: Request) -> Verdict:
        status, fields, body = await send(app, request)
        if status != 200:
            return Verdict(status, None, fields)
        values = json.loads(body) if body else {}
        sent = values.pop("body", None)
        return Verdict(status, {"named": values, "body": unwrap(sent) if isinstance(sent, dict) else sent}, fields)

    return answer


class _Echo(Resolver):
    def resolve(self, operation: AbstractOperation) -> Resolution:
        async def echo(**values: Any) -> tuple[Any, int, dict[str, str]]:
            for name in ("user", "token_info"):
                values.pop(name, None)
            return json.loads(json.dumps(values, default=_plain)), 200, {"Content-Type": "application/json"}

        return Resolution(echo, operation.operation_id)


def _plain(value: Any) -> Any:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _checker(contract: Contract, fixtures: Fixtures, scheme: Mapping[str, Any]) -> Callable[..., Any]:
    declared = contract.document["components"]["securitySchemes"]
    names = {name for name, raw in declared.items() if {**raw, "description": 0} == {**scheme, "description": 0}}

    def check(token: str) -> dict[str, Any] | None:
        found = fixtures.tokens.get(token)
        return {"sub": found.name} if found and names & set(found.schemes) else None

    return check


def _bearer(contract: Contract, fixtures: Fixtures) -> type[BearerSecurityHandler]:
    class Bearer(BearerSecurityHandler):
        def _resolve_func(self, security_scheme: Any) -> Any:
            return _checker(contract, fixtures, security_scheme)

    return Bearer


def _api_key(contract: Contract, fixtures: Fixtures) -> type[ApiKeySecurityHandler]:
    class ApiKey(ApiKeySecurityHandler):
        def _resolve_func(self, security_scheme: Any) -> Any:
            return _checker(contract, fixtures, security_scheme)

    return ApiKey


def _without_examples(node: Any) -> Any:
    """The document without examples of bodies, in which connexion would follow a `$ref`."""
    if isinstance(node, dict):
        if "schema" in node:
            node = {key: value for key, value in node.items() if key not in ("example", "examples")}
        return {key: _without_examples(value) for key, value in node.items()}
    return [_without_examples(item) for item in node] if isinstance(node, list) else node


def our_engine(contract: Contract, fixtures: Fixtures) -> Engine:
    """The mock, with a handler in front of every built-in one."""
    caught: list[Context] = []

    def echo(context: Context, _answer: Handler) -> Reply:
        caught.append(context)
        raise Refusal("not-implemented", "this handler only listens")

    extension = Extension()
    for operation in contract.operations:
        extension.operation(operation.id)(echo)
    app = create_app(contract, fixtures, extensions=(extension,))

    async def answer(request: Request) -> Verdict:
        caught.clear()
        status, fields, _ = await send(app, request)
        if not caught:
            return Verdict(status, None, fields)
        (context,) = caught
        named = json.loads(json.dumps({**context.path, **context.query}))
        body = json.loads(json.dumps(context.body, default=_plain))
        return Verdict(200, {"named": named, "body": body}, fields)

    return answer
