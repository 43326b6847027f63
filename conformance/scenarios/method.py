"""Checks of methods that a path does not offer, and of ids that are none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.scenarios.scene import Scene
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown
from spec.contract import Operation
from spec.resource import follow

# Whatever a target wrongly makes of these, nothing is deleted by it, and nothing made. The last one changes nothing
# either, so that it may be sent to whatever there is; but what stands before a target may answer it on its own.
_HARMLESS = ("PATCH", "PUT", "TRACE")
_ANSWERED_BEFORE = ("TRACE",)


def method_not_allowed(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """405 and an Allow answer a method that a path does not offer, and nothing else."""
    address = _harmless_address(scene, operation)
    offered = scene.law.methods_of(operation.path)
    method = None if address is None else _method(scene, operation, address, offered)
    if address is None or method is None:
        yield unknown("no address is known, or every method is offered")
        return
    exchange = scene.client.send(operation, address, method=method, raw=("", b""))
    answer = exchange.answer
    if answer is None or (answer.status >= 500 and answer.status != 501):
        yield unknown(f"{method}: {outcome_of(exchange)}", exchange)
    elif answer.status == 501:
        yield passed(exchange, f"501 for {method}")
    elif answer.status != 405 and answer.is_refusal and method in _ANSWERED_BEFORE:
        yield unknown(f"{method}: {outcome_of(exchange)}, maybe by what stands before the target", exchange)
    elif answer.status != 405:
        yield failed(exchange, f"405 for {method}, which the path does not offer", outcome_of(exchange))
    elif not answer.headers.get("allow", "").strip():
        yield failed(exchange, f"an Allow field that lists {', '.join(offered)}", "none")
    elif missing := set(offered) - {one.strip().upper() for one in answer.headers["allow"].split(",")}:
        yield failed(
            exchange, f"an Allow field that lists {', '.join(offered)}", f"none of {', '.join(sorted(missing))}"
        )
    else:
        yield passed(exchange, f"405 for {method}, Allow: {answer.headers['allow']}")
    yield from _malformed(scene, operation)


def _malformed(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An id that is none is a wrong request, and says nothing of the method."""
    typed = {
        one.name
        for one in scene.enforced(operation).parameters
        if one.location == "path" and _is_typed(dict(follow(scene.law.document, one.schema)))
    }
    for address in scene.atlas.addresses(operation)[:1]:
        name = next((one for one in reversed(list(address)) if one in typed), None)
        if name is None or operation.method != "get":
            return
        exchange = scene.client.send(operation, {**address, name: "mockproof no id"})
        if exchange.answer is not None and exchange.answer.status == 405:
            yield failed(exchange, f"400, 404 or 422 for a {name} that is none", "status 405")
        elif exchange.answer is not None and exchange.answer.is_refusal:
            yield passed(exchange, f"{outcome_of(exchange)} for a {name} that is none")


def _method(scene: Scene, operation: Operation, address: dict[str, str], offered: Sequence[str]) -> str | None:
    """A method that the path does not offer, and that the manners let us send to the address."""
    etiquette = scene.client.etiquette
    for method in _HARMLESS:
        is_held = etiquette is not None and etiquette.objection(operation, address, method) is not None
        if method not in offered and not is_held:
            return method
    return None


def _is_typed(schema: dict[str, object]) -> bool:
    return schema.get("type") in ("integer", "number") or bool({"format", "pattern"} & set(schema))


def _harmless_address(scene: Scene, operation: Operation) -> dict[str, str] | None:
    """An address of something of ours where there is one."""
    use = operation.resource
    last = use.path[-1][1] if use is not None and use.path else None
    ours = [made.chain for made in scene.made if last is not None and last in made.chain]
    found = [dict(address) for address in scene.atlas.addresses(operation)]
    mine = [one for one in found if any(set(one.values()) <= set(chain.values()) for chain in ours)]
    return next(iter([*mine, *found]), None)
