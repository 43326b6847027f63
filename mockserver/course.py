"""The course of one operation: what happens to its requests, compiled once.

    credentials → forced answer? → judgement → handler → check of the reply → bytes

The four stages that a mutant may replace are these, and the last touch to the bytes, which the guard gives.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from mockserver.answer import encode
from mockserver.exchange import Answer, Context, Handler, Judged, Reply

if TYPE_CHECKING:
    from mockserver.mutant import Admit, Judge, Mutant
    from mockserver.passage import Passage
    from spec.contract import Operation

_Subject = TypeVar("_Subject")
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True)
class Course:
    """One operation's stages; `run` lets a request through all of them.

    force: makes the answer that a preference asks for. handle: the handler and whatever stands around it.
    seal: the bytes of a reply; raises Refusal internal for one that breaks the contract.
    why: where the replies come from.
    """

    operation: Operation
    admit: Admit
    force: Callable[[Passage], Answer]
    judge: Judge
    handle: Handler
    seal: Callable[[Reply], bytes]
    why: str

    def run(self, passage: Passage) -> Answer:
        """The answer to a request; raises Refusal."""
        if passage.mutants:
            return self._run_mutated(passage)
        passage.identity = self.admit(passage)
        if passage.preference.forces:
            return self.force(passage)
        passage.judged = judged = self.judge(passage)
        reply = self.handle(self._context(passage, judged))
        return self._answer(reply, self.seal(reply))

    def _run_mutated(self, passage: Passage) -> Answer:
        """The same with mutants in place of the stages that they change; their replies are not checked."""
        mutants = passage.mutants
        passage.identity = _admit_with(mutants, self.admit)(passage)
        if passage.preference.forces:
            return self.force(passage)
        passage.judged = judged = _judge_with(mutants, self.judge)(passage)
        reply = _handle_with(mutants, self._handle_checked)(self._context(passage, judged))
        return self._answer(reply, encode(reply))

    def _handle_checked(self, context: Context) -> Reply:
        reply = self.handle(context)
        self.seal(reply)
        return reply

    def _context(self, passage: Passage, judged: Judged) -> Context:
        workspace = passage.workspace
        assert workspace is not None, "the guard opens the workspace first"  # noqa: S101
        passage.now = now = workspace.clock.now()
        # In order, which costs half as much as by name.
        return Context(
            self.operation,
            judged.path,
            judged.query,
            judged.headers,
            judged.body,
            passage.identity,
            passage.address,
            workspace,
            now,
            judged.cookies,
            passage.headers,
            passage.preference,
        )

    def _answer(self, reply: Reply, body: bytes) -> Answer:
        media_type = reply.media_type if reply.body is not None else None
        return Answer(reply.status, body, media_type, tuple(reply.headers.items()) if reply.headers else (), self.why)


def _admit_with(mutants: Iterable[Mutant], admit: Admit) -> Admit:
    for mutant in mutants:
        if mutant.admit is not None:
            admit = partial(_swap, mutant.admit, admit)
    return admit


def _judge_with(mutants: Iterable[Mutant], judge: Judge) -> Judge:
    for mutant in mutants:
        if mutant.judge is not None:
            judge = partial(_swap, mutant.judge, judge)
    return judge


def _handle_with(mutants: Iterable[Mutant], handle: Handler) -> Handler:
    for mutant in mutants:
        if mutant.answer is not None:
            handle = partial(_swap, mutant.answer, handle)
    return handle


def _swap(
    change: Callable[[_Subject, Callable[[_Subject], _Result]], _Result],
    stage: Callable[[_Subject], _Result],
    subject: _Subject,
) -> _Result:
    return change(subject, stage)
