"""Credentials and permissions that do not hold, and refusals that say too much or too little."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockserver.exchange import Refusal
from mockserver.mutant import Mutant
from mockserver.mutants.reach import CHANGES, Applies, answers_bytes, every, has_role, is_secured, reads_one
from spec.contract import Role

if TYPE_CHECKING:
    from mockserver.exchange import Answer, Context, Handler, Identity, Reply
    from mockserver.mutant import Admit
    from mockserver.passage import Passage
    from spec.contract import Contract, Operation

_CREDENTIALS: Final = ("missing-credentials", "invalid-credentials")


def _as_anybody(context: Context, handler: Handler) -> Reply:
    """Answers as if nobody's sight had bounds."""
    return handler(context._replace(identity=None))


def _admit_garbage(passage: Passage, admit: Admit) -> Identity | None:
    return _admit_unless(passage, admit, "invalid-credentials")


def _admit_nobody(passage: Passage, admit: Admit) -> Identity | None:
    return _admit_unless(passage, admit, "missing-credentials")


def _admit_unless(passage: Passage, admit: Admit, forgiven: str) -> Identity | None:
    try:
        return admit(passage)
    except Refusal as refusal:
        if refusal.reason != forgiven:
            raise
        return None


def _forbid(passage: Passage, admit: Admit) -> Identity | None:
    """Refuses missing credentials as if they were too few."""
    try:
        return admit(passage)
    except Refusal as refusal:
        if refusal.reason not in _CREDENTIALS:
            raise
        raise Refusal("forbidden", refusal.detail) from None


def _without_challenge(_passage: Passage, answer: Answer) -> Answer:
    kept = tuple((name, value) for name, value in answer.headers if name.lower() != "www-authenticate")
    return answer._replace(headers=kept) if answer.status == 401 else answer


def _tell_foreign(context: Context, handler: Handler) -> Reply:
    """Tells of somebody else's item that it exists."""
    try:
        return handler(context)
    except Refusal as refusal:
        if refusal.reason != "not-found":
            raise
        handler(context._replace(identity=None))
        raise Refusal("forbidden", "this is somebody else's") from None


def _hides_foreign(contract: Contract, operation: Operation) -> bool:
    names = [name for _, name in operation.resource.path] if operation.resource else []
    return any(contract.resources[name].foreign == "not-found" for name in names)


def _is_last_secured(contract: Contract, operation: Operation) -> bool:
    secured = [one.id for one in contract.operations if is_secured(contract, one)]
    return bool(secured) and operation.id == secured[-1]


def _leak(name: str, text: str, breaks: str, where: Applies) -> Mutant:
    return Mutant(name, text, breaks, every(is_secured, where), answer=_as_anybody)


MUTANTS: Final = (
    Mutant("garbage-token-accepted", "Any credentials will do.", "authentication", is_secured, admit=_admit_garbage),
    Mutant("no-credentials-needed", "Nobody needs credentials.", "authentication", is_secured, admit=_admit_nobody),
    Mutant(
        "one-operation-open",
        "One operation, the last of the contract, needs no credentials.",
        "authentication",
        _is_last_secured,
        admit=_admit_nobody,
    ),
    Mutant(
        "missing-credentials-forbidden",
        "Missing or wrong credentials are refused with 403 in place of 401.",
        "authentication",
        is_secured,
        admit=_forbid,
    ),
    Mutant(
        "challenge-missing",
        "A 401 does not say which credentials are wanted.",
        "challenge",
        is_secured,
        finish=_without_challenge,
    ),
    _leak("other-tenant-reads", "Somebody else's item can be read.", "permission-visible", has_role(Role.READ)),
    _leak("other-tenant-lists", "Somebody else's items are listed.", "permission-visible", has_role(Role.LIST)),
    _leak("other-tenant-downloads", "Somebody else's bytes can be had.", "permission-visible", answers_bytes),
    _leak("other-tenant-changes", "Somebody else's item can be changed.", "permission-change", has_role(*CHANGES)),
    _leak("other-tenant-deletes", "Somebody else's item can be deleted.", "permission-change", has_role(Role.DELETE)),
    _leak(
        "other-tenant-creates",
        "Something can be made below somebody else's parent.",
        "permission-change",
        has_role(Role.CREATE, Role.ACTION),
    ),
    Mutant(
        "foreign-item-told",
        "Somebody else's item is refused with 403, which tells that it exists.",
        "foreign-hidden",
        every(is_secured, reads_one, _hides_foreign),
        answer=_tell_foreign,
    ),
)
