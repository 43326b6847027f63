"""Answers that a client asks for by `Prefer`: made of the contract alone, without looking at state or writing it.

The declared response of a status is answered by, in this order: the example that was named; the error
style of the operation, so that the body speaks of that very status; the first example; made-up data.
What Accept says does not count: who forces a status wants to see it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from random import Random
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.answer import AnswerCheck
from mockserver.auth import Gate
from mockserver.documented_errors import with_status
from mockserver.errors import shorten
from mockserver.exchange import Answer, Refusal, Reply, Violation
from mockserver.judgement.bodies import is_json
from mockserver.plan import status_of
from mockserver.prefer.forced_header import HeaderMaker
from spec.errors import ContractError
from spec.schema import resolved
from spec.values.invention import invent

if TYPE_CHECKING:
    from mockserver.exchange import Address
    from mockserver.prefer.preference import Preference
    from mockserver.rendering import Renderer
    from spec.contract import Contract, MediaType, Operation, Response

_BODILESS: Final = (204, 205, 304)
_BINARY: Final = "application/octet-stream"
_RANGES: Final = {"*/*": _BINARY, "application/*": _BINARY, "text/*": "text/plain", "image/*": "image/png"}
_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class _Draft:
    """A body that may answer: `media_type` is None where there is none."""

    body: Any
    media_type: str | None
    why: str


class Forcer:
    """Makes the forced answers of one operation; nothing is compiled before the first is asked for."""

    def __init__(self, contract: Contract, operation: Operation, renderer: Renderer) -> None:
        self._contract = contract
        self._operation = operation
        self._renderer = renderer

    def answer(self, preference: Preference, seed: int, address: Address | None = None) -> Answer:
        """The answer that is asked for; the same for the same preference and seed.

        seed: for made-up data, where the preference brings none. address: what was asked for, for header fields with
        links. Raises Refusal: malformed for a status or example that the contract does not declare,
        not-implemented where no answer can be made up.
        """
        status, response = self._chosen(preference)
        random = Random(self._seed(preference, seed, status))  # noqa: S311  (data for tests, and no secret)
        for draft in self._drafts(preference, status, response, random):
            try:
                headers = self._headers.make(status, response, draft.body, random, address)
                reply = Reply(status, draft.body, draft.media_type or "application/json", headers)
                data = self._check.seal(reply)
            except ContractError:
                continue
            except Refusal:
                if preference.example is not None:
                    raise
                continue
            return Answer(status, data, draft.media_type, tuple(headers.items()), draft.why)
        raise Refusal(
            "not-implemented",
            f"no answer {status} could be made up for {self._operation.id}: give the contract an example of it",
        )

    @cached_property
    def _check(self) -> AnswerCheck:
        return AnswerCheck(self._contract, self._operation)

    @cached_property
    def _headers(self) -> HeaderMaker:
        return HeaderMaker(self._contract, self._operation, self._challenge())

    def _seed(self, preference: Preference, seed: int, status: int) -> str:
        chosen: object = preference.seed
        if chosen is None:
            chosen = seed if preference.dynamic else "fixed"
        return f"{chosen}/{self._operation.id}/{status}"

    def _chosen(self, preference: Preference) -> tuple[int, Response]:
        """The status to answer with, and the response that the contract declares for it."""
        if preference.code is not None:
            response = self._operation.response_for(preference.code)
            if response is None:
                codes = ", ".join(sorted(self._operation.responses))
                raise _refused("code", str(preference.code), f"{self._operation.id} declares {codes}")
            return preference.code, response
        if preference.example is not None:
            return self._naming(preference.example)
        success = self._operation.success or self._operation.responses.get("default")
        if success is None:
            raise _refused("dynamic", "true", f"{self._operation.id} declares no success; ask for a code")
        return status_of(self._operation), success

    def _naming(self, example: str) -> tuple[int, Response]:
        """The response that has an example of that name, a success first."""
        by_kind = sorted(self._operation.responses.values(), key=lambda one: not one.status.startswith("2"))
        for response in by_kind:
            if any(example in media.examples for media in response.media_types.values()):
                return _status_in(response), response
        raise self._unknown_example(example, by_kind)

    def _unknown_example(self, example: str, responses: list[Response]) -> Refusal:
        known = [
            f"{name} ({response.status})"
            for response in responses
            for media in response.media_types.values()
            for name in media.examples
        ]
        told = f"has the examples: {', '.join(dict.fromkeys(known))}" if known else "has no examples"
        return _refused("example", example, f"{self._operation.id} {told}")

    def _drafts(self, preference: Preference, status: int, response: Response, random: Random) -> Iterator[_Draft]:
        media = _media_in(response)
        if status in _BODILESS or media is None:
            yield _Draft(None, None, "forced")
            return
        if preference.example is not None:
            yield self._named(preference.example, response)
            return
        if status >= 400:
            yield from self._styled(status, response)
        if not preference.dynamic:
            yield from self._examples(status, response)
        yield from self._made_up(status, media, random)

    def _named(self, example: str, response: Response) -> _Draft:
        for media in response.media_types.values():
            if example in media.examples:
                return _Draft(media.examples[example], _settled(media.name), "forced")
        raise self._unknown_example(example, [response])

    def _styled(self, status: int, response: Response) -> Iterator[_Draft]:
        rendered = self._renderer.render_status(status, self._operation)
        if rendered.media_type in response.media_types:
            yield _Draft(orjson.loads(rendered.body), rendered.media_type, "forced")

    def _examples(self, status: int, response: Response) -> Iterator[_Draft]:
        for media in response.media_types.values():
            # A component that several statuses share has the example of one of them.
            for value in media.examples.values():
                yield _Draft(with_status(value, status), _settled(media.name), "forced")
            schema = resolved(self._contract.document, media.schema or {})
            if "example" in schema:
                yield _Draft(with_status(schema["example"], status), _settled(media.name), "forced")

    def _made_up(self, status: int, media: MediaType, random: Random) -> Iterator[_Draft]:
        name = _settled(media.name)
        if not is_json(name) and not name.startswith("text/"):
            yield _Draft(random.randbytes(_BYTES), name, "generated")
            return
        if not media.schema:
            yield _Draft("generated" if name.startswith("text/") else {}, name, "generated")
            return
        try:
            value = invent(media.schema, self._contract.document, random, f"{self._operation.id} {status}")
        except ContractError:
            return
        yield _Draft(with_status(value, status), name, "generated")
        yield _Draft(value, name, "generated")

    def _challenge(self) -> str | None:
        """What a 401 of this operation says in WWW-Authenticate; None where anybody may ask."""
        try:
            Gate(self._contract, self._operation, {}).admit({})
        except Refusal as refusal:
            return refusal.headers.get("WWW-Authenticate")
        return None


def _refused(name: str, value: str, told: str) -> Refusal:
    got = shorten(value, 80)
    violation = Violation("header", "Prefer", "preference", told, got)
    return Refusal("malformed", f"{name}={got} is asked for, but {told}", violations=(violation,))


def _status_in(response: Response) -> int:
    """A status code that a declared response speaks of: its own, or the first of its range."""
    if response.status.isdecimal():
        return int(response.status)
    return int(response.status[0]) * 100 if response.status[0].isdecimal() else 500


def _media_in(response: Response) -> MediaType | None:
    """The representation to answer with: JSON if there is one, else the first."""
    return next(
        (media for name, media in response.media_types.items() if is_json(name.lower())),
        next(iter(response.media_types.values()), None),
    )


def _settled(name: str) -> str:
    """A media type that can be sent, for one that may be a range."""
    lowered = name.lower()
    if lowered in _RANGES:
        return _RANGES[lowered]
    return f"{lowered.partition('/')[0]}/plain" if lowered.endswith("/*") else name
