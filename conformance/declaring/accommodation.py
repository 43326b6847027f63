"""Accommodations: what a vendor's bodies look like, as an OpenAPI overlay on the contract that is enforced.

Where no source says what an answer looks like, a vendor may: another envelope, ids of another type, times without a
zone, 201 for a create. An overlay changes shapes, never promises: operations, credentials and what must be refused
stay as they are. Every action is written in the run's line, so that a reader of the report sees it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from conformance.errors import DeclarationError
from spec.contract import METHODS, Contract
from spec.contract_reader import contract_from
from spec.errors import OverlayError
from spec.loading import load_document

if TYPE_CHECKING:
    from spec.merge.tree import Branch

_VERBS = ("update", "remove")


@dataclass(frozen=True, slots=True)
class Accommodation:
    """One action of an overlay: a JSONPath, what happens there, and why."""

    file: str
    line: int
    target: str
    verb: str
    value: Any
    reason: str

    def fail(self, message: str, hint: str) -> DeclarationError:
        """An error that names the action's file and line."""
        return DeclarationError(message, file=self.file, line=self.line, hint=hint)


def read_accommodations(path: Path) -> tuple[Accommodation, ...]:
    """The actions of an overlay document; raises DeclarationError, or LoadError for an unsafe file."""
    loaded = load_document(path)
    if not isinstance(loaded.value, dict) or not str(loaded.value.get("overlay", "")).startswith("1."):
        raise DeclarationError(
            "not an OpenAPI Overlay 1.x document", file=str(path), line=1, hint="start it with 'overlay: 1.1.0'"
        )
    actions = loaded.value.get("actions") or []
    return tuple(_action(raw, path, loaded.span(("actions", index))[0]) for index, raw in enumerate(actions))


def _action(raw: Any, path: Path, line: int) -> Accommodation:
    verbs = [verb for verb in _VERBS if isinstance(raw, dict) and verb in raw]
    reason = str(raw.get("description", "")).strip() if isinstance(raw, dict) else ""
    if len(verbs) != 1 or not isinstance(raw.get("target"), str) or not reason:
        raise DeclarationError(
            "an action needs a target, a description that says why, and one of update and remove",
            file=str(path),
            line=line,
            hint="see docs/declaration.md",
        )
    return Accommodation(str(path), line, raw["target"], verbs[0], raw[verbs[0]], reason)


def accommodate(contracts: Sequence[Contract], actions: Sequence[Accommodation]) -> tuple[Contract, ...]:
    """The contracts with every action applied; raises DeclarationError for one that fits none, or goes too far.

    A contract may come in several forms, and an action need only match in one of them.
    """
    if not actions:
        return tuple(contracts)
    documents = [contract.document for contract in contracts]
    for action in actions:
        outcomes = [_applied(document, action) for document in documents]
        if all(isinstance(outcome, OverlayError) for outcome in outcomes):
            first = next(outcome for outcome in outcomes if isinstance(outcome, OverlayError))
            raise action.fail(first.message.partition(": ")[2] or first.message, first.hint or "correct the action")
        documents = [
            document if isinstance(outcome, OverlayError) else outcome
            for document, outcome in zip(documents, outcomes, strict=True)
        ]
        for contract, document in zip(contracts, documents, strict=True):
            _refuse_reach(contract.document, document, action)
    return tuple(
        contract if document is contract.document else contract_from(document, contract.data, contract.title)
        for contract, document in zip(contracts, documents, strict=True)
    )


def _applied(document: Mapping[str, Any], action: Accommodation) -> dict[str, Any] | OverlayError:
    # The engine of the merge draws in the readers of every source format, which a run without an overlay never needs.
    from spec.facts import Level
    from spec.merge.claim import Origin
    from spec.merge.overlay import Action, apply_overlays
    from spec.merge.tree import grow, plain

    step = Action(
        file=action.file,
        line=action.line,
        target=action.target,
        verb=action.verb,
        value=action.value,
        id="accommodation",
        resolves=("gap", action.reason),
        reason=action.reason,
        level=Level.DECIDED,
    )
    try:
        tree = grow(dict(document), Origin(Level.DECIDED, decision="contract"))
        changed: dict[str, Any] = plain(apply_overlays(cast("Branch", tree), (step,)).tree)
    except OverlayError as error:
        return error
    return changed


def _refuse_reach(before: Mapping[str, Any], after: Mapping[str, Any], action: Accommodation) -> None:
    for place, old, new in _promises(before, after):
        if old != new:
            raise action.fail(
                f"the action changes {place}, which is no shape of a body",
                "an overlay may change schemas, responses, parameters, x-page, x-resource.envelope and "
                "x-resources.NAME.foreign; declare a deviation or a capability instead",
            )


def _promises(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[tuple[str, Any, Any]]:
    """Parts that no overlay may change: place, and how it was and is."""
    yield "the security schemes", *(_schemes(document) for document in (before, after))
    yield "the resources", *(_resources(document) for document in (before, after))
    for path in {*before["paths"], *after["paths"]}:
        old, new = before["paths"].get(path, {}), after["paths"].get(path, {})
        for method in METHODS:
            one, other = old.get(method), new.get(method)
            yield f"the operation {method.upper()} {path}", one is None, other is None
            if one is not None and other is not None:
                yield f"the id of {method.upper()} {path}", one.get("operationId"), other.get("operationId")
                yield f"the security of {method.upper()} {path}", one.get("security"), other.get("security")
                yield f"the role of {method.upper()} {path}", _role(one), _role(other)
                page = one.get("x-page") or {}
                kept = {name for name in page if name in (other.get("x-page") or {})}
                yield f"what {method.upper()} {path} promises of its pages", set(page), kept
                allowed = [code for code in other["responses"] if code in ("default", "5XX") or code[:1] == "5"]
                known = [code for code in one["responses"] if code in ("default", "5XX") or code[:1] == "5"]
                yield f"which server errors {method.upper()} {path} may answer", known, allowed


def _schemes(document: Mapping[str, Any]) -> Any:
    return document.get("components", {}).get("securitySchemes"), document.get("security")


def _resources(document: Mapping[str, Any]) -> Any:
    """What lies in what; whether somebody else's is forbidden or hidden is a form, that it is refused a promise."""
    declared = document.get("x-resources") or {}
    return {name: {**raw, **({"foreign": True} if "foreign" in raw else {})} for name, raw in declared.items()}


def _role(operation: Mapping[str, Any]) -> Any:
    use = operation.get("x-resource") or {}
    return {name: value for name, value in use.items() if name != "envelope"}
