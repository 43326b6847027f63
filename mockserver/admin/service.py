"""The mock as a whole: health, routes, fixtures, coverage, reload, and tokens for clients that ask for one."""

from __future__ import annotations

import base64
import binascii
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote_plus

from mockserver.admin.wording import refusing, told_key, told_moment
from mockserver.errors import shorten
from mockserver.exchange import Context, Refusal, Reply

if TYPE_CHECKING:
    from mockserver.admin.served import Acts, Served
    from spec.contract import Contract, Operation

_LIFETIME: Final = 3600
"""Seconds that a token is said to be good for; the mock itself forgets none."""


def get_health(served: Served, _context: Context) -> Reply:
    """Whether the mock serves, and which contract."""
    contract = served.engine.contract
    return Reply(200, {"status": "ok", "contract": _told_contract(contract), "operations": len(contract.operations)})


def list_routes(served: Served, _context: Context) -> Reply:
    """Every operation, and how it is answered."""
    contract = served.engine.contract
    return Reply(200, [_told_route(contract, operation) for operation in contract.operations])


def get_fixtures(served: Served, _context: Context) -> Reply:
    """What the fixtures hold; values of tokens are not told."""
    fixtures = served.fixtures
    told = {
        "now": told_moment(fixtures.now),
        "items": {name: len(items) for name, items in fixtures.items.items()},
        "tokens": [{"name": token.name, "schemes": sorted(token.schemes)} for token in fixtures.tokens.values()],
    }
    return Reply(200, told)


def reload(served: Served, _context: Context) -> Reply:
    """Serve what the files say now; raises Refusal where they cannot be served, and then nothing has changed."""
    with refusing("unprocessable"):
        misfits = served.reload()
    contract = served.engine.contract
    lost = [
        {"workspace": one.workspace, "resource": one.resource, "key": told_key(one.key), "reason": one.reason}
        for one in misfits
    ]
    told = {"contract": _told_contract(contract), "operations": len(contract.operations), "lost": lost}
    return Reply(200, told)


def get_coverage(served: Served, _context: Context) -> Reply:
    """What was used of the contract."""
    return Reply(200, served.coverage.report())


def clear_coverage(served: Served, _context: Context) -> Reply:
    """Start counting anew."""
    served.coverage.clear()
    return Reply(204)


def issue_token(served: Served, context: Context) -> Reply:
    """A token by its name (RFC 6749, 4.4); any secret will do, since none is worth keeping."""
    if context.body["grant_type"] != "client_credentials":
        raise Refusal("unprocessable", "the only grant type here is client_credentials")
    name = _client(context)
    tokens = served.fixtures.tokens.values()
    token = next((token for token in tokens if token.name == name), None)
    if token is None:
        known = ", ".join(sorted(token.name for token in tokens)) or "none"
        detail = f"the fixtures have no token named {shorten(name, 60)!r}; known: {known}"
        raise Refusal("invalid-credentials", detail, headers={"WWW-Authenticate": 'Basic realm="mock"'})
    told = {"access_token": token.value, "token_type": "Bearer", "expires_in": _LIFETIME}
    scope = context.body.get("scope")
    headers = {"Cache-Control": "no-store", "Pragma": "no-cache"}
    return Reply(200, {**told, "scope": scope} if scope else told, headers=headers)


def _client(context: Context) -> str:
    """Who asks: by HTTP Basic authentication, or in the form."""
    kind, _, credentials = context.fields.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            return unquote_plus(base64.b64decode(credentials, validate=True).decode("utf-8").partition(":")[0])
        except (binascii.Error, UnicodeDecodeError) as error:
            raise Refusal("invalid-credentials", "the Authorization field is no Basic authentication") from error
    if not context.body.get("client_id"):
        raise Refusal("missing-credentials", "there is neither client_id nor Basic authentication")
    return str(context.body["client_id"])


def _told_contract(contract: Contract) -> dict[str, Any]:
    return {"title": contract.title, "version": contract.version, "digest": contract.digest}


def _told_route(contract: Contract, operation: Operation) -> dict[str, Any]:
    use = operation.resource
    return {
        "operation": operation.id,
        "method": operation.method.upper(),
        "path": contract.base_path + operation.path,
        "answers": "state" if use else "example",
        "resource": use.name if use else None,
        "role": use.role.value if use else None,
        "page": operation.page.style if operation.page else None,
        "errors": operation.errors,
        "security": [list(names) for names in operation.security],
    }


ACTS: Final[Acts] = MappingProxyType(
    {
        "getHealth": get_health,
        "listRoutes": list_routes,
        "getFixtures": get_fixtures,
        "reload": reload,
        "getCoverage": get_coverage,
        "clearCoverage": clear_coverage,
        "issueToken": issue_token,
    }
)
