"""The mock as a whole: health, routes, fixtures, coverage, reload, and tokens for clients that ask for one."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mockserver.admin.wording import refusing, told_key, told_moment
from mockserver.exchange import Context, Reply
from mockserver.state import oauth
from spec.inference import explain_operations

if TYPE_CHECKING:
    from mockserver.admin.served import Acts, Served
    from spec.contract import Contract
    from spec.inference import Inference


def get_health(served: Served, _context: Context) -> Reply:
    """Whether the mock serves, and which contract."""
    contract = served.engine.contract
    return Reply(200, {"status": "ok", "contract": _told_contract(contract), "operations": len(contract.operations)})


def list_routes(served: Served, _context: Context) -> Reply:
    """Every operation, how it is answered, and why."""
    return Reply(200, [_told_route(inference) for inference in explain_operations(served.engine.contract)])


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
    """A token for a client of the fixtures (RFC 6749, 4.4), good in this workspace."""
    form, authorization = context.body or {}, context.fields.get("authorization")
    return oauth.issue_token(form, authorization, served.fixtures.clients, context.workspace.issued, context.now)


def _told_contract(contract: Contract) -> dict[str, Any]:
    return {"title": contract.title, "version": contract.version, "digest": contract.digest}


def _told_route(inference: Inference) -> dict[str, Any]:
    return {
        "operation": inference.operation_id,
        "method": inference.method,
        "path": inference.path,
        "answers": "state" if inference.resource else "example",
        "resource": inference.resource,
        "role": inference.role,
        "page": inference.page,
        "lifecycle": inference.lifecycle,
        "errors": inference.errors,
        "security": inference.security,
        "why": list(inference.why),
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
