"""The model: one `see` for each exchange, whoever sent it, and a remark for every promise that it breaks.

It never asks for anything itself, so it costs no traffic, and it speaks up as soon as a target contradicts what it
said before. It only knows what it was shown: the fuzzer's process has one of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from conformance.exchange.exchange import Answer, Exchange
from conformance.model.listing import see_list
from conformance.model.memory import Memory
from conformance.model.remark import Remark
from conformance.model.thing import (
    Told,
    see_change,
    see_content,
    see_create,
    see_delete,
    see_items,
    see_read,
)
from conformance.model.view import View, view_of
from conformance.verdict.sighting import failed
from spec.contract import Contract, Role
from spec.requirements import Requirement
from spec.resource import read_shapes

_MOST = 5
"""Remarks on one requirement; what is broken once in every answer need not be told each time."""

_UNAUTHORIZED, _NOT_ALLOWED, _FAILED = 401, 405, 500
_READING = ("GET", "HEAD", "OPTIONS", "TRACE")


def promises_in(requirements: tuple[Requirement, ...]) -> dict[str, str]:
    """Requirement ids by "operationId/behaviour": what the model may speak of."""
    behaviours = (one for one in requirements if one.behaviour is not None)
    return {f"{name}/{one.behaviour}": one.id for one in behaviours for name in one.operations}


class Model:
    """What is known of one target.

    contract: tells what the operations do. promises: requirement ids by "operationId/behaviour"; what nobody
    promised is not remarked on.
    """

    def __init__(self, contract: Contract, promises: Mapping[str, str]) -> None:
        self._contract = contract
        self._promises = promises
        self._shapes = read_shapes(contract)
        self._memory = Memory()
        self._counts: dict[str, int] = {}

    def see(self, exchange: Exchange) -> Iterator[Remark]:
        """Take in one exchange; yields the promises that it breaks."""
        view = view_of(self._contract, self._shapes, exchange)
        if view is None or view.answer.status >= 500:  # a failure says nothing of things
            self._doubt(exchange)
            return
        for operation, behaviour, sighting in (*self._about_http(view), *self._told(view)):
            requirement = self._promises.get(f"{operation}/{behaviour}")
            if requirement is not None and self._counts.get(requirement, 0) < _MOST:
                self._counts[requirement] = self._counts.get(requirement, 0) + 1
                yield Remark(operation, behaviour, requirement, sighting)

    def _doubt(self, exchange: Exchange) -> None:
        """Forget what a write that failed, or was never answered, may have changed all the same."""
        failed_answer = replace(exchange, answer=exchange.answer or Answer(_FAILED, {}, b"", 0.0))
        view = view_of(self._contract, self._shapes, failed_answer)
        if view is None or view.exchange.request.method in _READING:
            return
        self._memory.version += 1
        if view.identifier is not None:
            key = view.key_of(view.identifier)
            self._memory.touch(key)
            self._memory.created.pop(key, None)

    def _told(self, view: View) -> Told:
        role = view.use.role
        if view.exchange.request.method != view.operation.method.upper():
            return
        if view.use.part == "content" and role is Role.READ:
            yield from see_content(view, self._memory)
        elif view.use.part is not None:
            return
        elif role is Role.LIST:
            yield from see_list(view, self._memory)
            yield from see_items(view, self._memory)
        elif role is Role.READ:
            yield from see_read(view, self._memory)
        elif role is Role.CREATE:
            yield from see_create(view, self._memory)
        elif role is Role.DELETE:
            see_delete(view, self._memory)
        else:
            yield from see_change(view, self._memory)

    def _about_http(self, view: View) -> Told:
        if view.answer.status == _UNAUTHORIZED and not view.answer.headers.get("www-authenticate"):
            yield view.operation.id, "challenge", failed(view.exchange, "a WWW-Authenticate field", "none")
        if view.answer.status == _NOT_ALLOWED and not view.answer.headers.get("allow"):
            first = next(one for one in self._contract.operations if one.path == view.operation.path)
            yield first.id, "method-not-allowed", failed(view.exchange, "an Allow field beside the 405", "none")
