"""Preflight: a second of questions before a run, so that an hour is not spent on a wrong address or an old token.

Is anybody there, does each credential work, is a stranger turned away, does the clock tell our time? When nothing
works at all, the run ends here, with what was seen and what to do next.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from conformance.exchange.address import Address
from conformance.exchange.client import FIRST, NOBODY, READ_ONLY, SECOND, STRANGER, Client
from conformance.exchange.exchange import Exchange
from spec.contract import Operation, Role

_PROBES = 6
"""Operations that are asked before the run is given up."""
_SKEW = 60.0
"""Seconds that the clocks may differ before it is worth a note."""
_WELL = ("answers", "not found there", "not theirs", "server error", "other")
"""Words for which a run is worth its while: it will tell what is wrong."""
_ABSENT = ("not found", "not found there")
_SPANS = ((31_557_600, "years"), (86_400, "days"), (3600, "hours"), (60, "minutes"))
"""Seconds of each unit in which a clock may be wrong, largest first."""
_NAMES = {FIRST: "owner", SECOND: "second", READ_ONLY: "read-only", NOBODY: "anonymous"}


@dataclass(frozen=True, slots=True)
class Probe:
    """One question of the preflight, and in a word how it ended."""

    identity: str
    scheme: str
    operation: str
    word: str
    told: str
    is_well: bool


@dataclass(frozen=True, slots=True)
class Preflight:
    """What the preflight found.

    obstacle: why a run would be in vain, and what to do; None when it would not. notes: what a reader should know.
    """

    probes: tuple[Probe, ...]
    obstacle: str | None
    notes: tuple[str, ...]

    @property
    def is_ready(self) -> bool:
        """Whether everything that was asked is as it should be."""
        return self.obstacle is None and all(probe.is_well for probe in self.probes)


def look_ahead(client: Client, operations: Sequence[Operation], now: datetime | None = None) -> Preflight:
    """Ask a few safe questions of the selected operations; `now` is the time to hold the target's clock against."""
    readable = [
        (op, address) for op in operations if op.method == "get" and (address := _address(client, op)) is not None
    ]
    readable.sort(key=lambda pair: (pair[0].path.count("{"), not _is_list(pair[0])))
    asked: list[tuple[Probe, Exchange]] = []
    for identity in (FIRST, SECOND, READ_ONLY):
        asked += _credentials(client, readable, identity)
    if not any(probe.is_well for probe, _ in asked) or _are_absent(probe for probe, _ in asked):
        known = {probe.operation for probe, _ in asked}
        others = [pair for pair in readable if pair[0].id not in known][: _PROBES - len(asked)]
        asked += [_probed(client, op, address, FIRST) for op, address in others]
    probes = [probe for probe, _ in asked]
    is_lost = _are_absent(probes) and any(probe.word == "not found" for probe in probes)
    obstacle = _obstacle(client, asked) if is_lost or not any(probe.is_well for probe in probes) else None
    if obstacle is None:
        probes += _anonymous(client, readable)
    exchanges = [exchange for _, exchange in asked]
    told = probes if obstacle is None else []  # else the obstacle says it all
    return Preflight(tuple(probes), obstacle, tuple(_notes(told, exchanges, now or datetime.now(UTC))))


def _credentials(
    client: Client, readable: Sequence[tuple[Operation, Address]], identity: str
) -> Iterator[tuple[Probe, Exchange]]:
    """One read for each security scheme that an identity has a credential of."""
    seen: set[tuple[str, ...]] = set()
    for operation, address in readable:
        schemes = next(iter(operation.security), ())
        has_all = all(client.target.credential_of(identity, scheme) for scheme in schemes)
        if schemes in seen or not has_all or (identity != FIRST and not schemes):
            continue
        seen.add(schemes)
        yield _probed(client, operation, address, identity)


def _anonymous(client: Client, readable: Sequence[tuple[Operation, Address]]) -> Iterator[Probe]:
    """Nobody should be let in where the contract asks for credentials; whether that is a violation a check decides."""
    guarded = [pair for pair in readable if pair[0].security and () not in pair[0].security]
    for operation, address in guarded[:1]:
        exchange = client.send(operation, address, identity=NOBODY)
        answer = exchange.answer
        is_let_in = answer is not None and answer.is_success
        word = "let in" if is_let_in else "refused"
        told = f"a request without credentials to {operation.id} is {word}"
        yield Probe(NOBODY, "", operation.id, word, told, is_well=not is_let_in)


def _probed(client: Client, operation: Operation, address: Address, identity: str) -> tuple[Probe, Exchange]:
    exchange = client.send(operation, address, identity=identity)
    word = _word(client, operation, exchange)
    if identity == SECOND and exchange.answer is not None and exchange.answer.status == 403:
        word = _word_of_second(client, operation, address)
    schemes = " and ".join(next(iter(operation.security), ()))
    is_well = word in _WELL
    who = f"the {_NAMES[identity]} identity"
    seen = f"status {exchange.answer.status}" if exchange.answer else exchange.trouble or "no answer"
    told = f"{who}, scheme {schemes or 'none'}: GET {exchange.request.target} ended in {seen}"
    return Probe(identity, schemes, operation.id, word, told, is_well), exchange


_WORDS = {401: "refused", 403: "refused", 429: "busy", 503: "busy"}


def _word_of_second(client: Client, operation: Operation, address: Address) -> str:
    """Another tenant is rightly kept away, unless that is how the target treats a credential that nobody issued."""
    stranger = client.send(operation, address, identity=STRANGER).answer
    return "refused" if stranger is not None and stranger.status == 403 else "not theirs"


def _are_absent(probes: Iterable[Probe]) -> bool:
    """Whether something was asked of somebody, and nothing of it is there."""
    words = [probe.word for probe in probes if probe.identity != NOBODY]
    return bool(words) and all(word in _ABSENT for word in words)


def _word(client: Client, operation: Operation, exchange: Exchange) -> str:
    answer = exchange.answer
    if answer is None:
        return "no answer"
    if 300 <= answer.status < 400:
        return "redirected"
    if "html" in answer.headers.get("content-type", "") and not _speaks_html(operation):
        return "a web page"
    if answer.status == 404:
        # An id of an example need not exist; a path without any should be there, and so should one that is declared.
        return "not found there" if _has_examples(client, operation) else "not found"
    rest = "answers" if answer.is_success else "server error" if answer.status >= 500 else "other"
    return _WORDS.get(answer.status, rest)


def _has_examples(client: Client, operation: Operation) -> bool:
    """Whether an id of an address comes from the contract's examples, and not from the declaration."""
    return any(_declared(client, operation, one.name) is None for one in operation.parameters if one.location == "path")


def _speaks_html(operation: Operation) -> bool:
    return any("html" in name for response in operation.responses.values() for name in response.media_types)


def _obstacle(client: Client, asked: Sequence[tuple[Probe, Exchange]]) -> str | None:
    """Why nothing works, and the next step; None when nothing could be asked, which says nothing."""
    if not asked:
        return None
    words = [probe.word for probe, _ in asked]
    is_lost = "not found" in words and set(words) <= set(_ABSENT)
    word = "not found" if is_lost else Counter(words).most_common(1)[0][0]
    probe, exchange = next(pair for pair in asked if pair[0].word == word)
    return f"nothing works: {probe.told}. {_advice(client, probe, exchange)}"


def _advice(client: Client, probe: Probe, exchange: Exchange) -> str:
    base = client.contract.base_path
    place = exchange.answer.headers.get("location", "nowhere") if exchange.answer else ""
    advice = {
        "refused": f"The credential for scheme {probe.scheme!r} does not work: renew it, and look at its form",
        "not found": "The base path may be wrong: look at what stands before the paths of the contract",
        "a web page": "That is a web page, not the interface: look at http or https, at host, port and base path",
        "redirected": f"Redirects are not followed, for they would carry credentials along; it points to {place}",
        "busy": "The target has no time: try later, or declare a rate limit under [target]",
    }
    if probe.word == "refused" and exchange.request.headers.keys() <= {"accept"}:
        return "No credential was sent: give one with --auth, or under [identities.owner]"
    if probe.word == "not found" and base and not client.target.url.endswith(base):
        return f"The base path may be wrong: the contract's is {base}; try {client.target.url}{base}"
    return advice.get(probe.word, "Look whether the target runs, and whether a proxy stands between")


def _notes(probes: Sequence[Probe], exchanges: Sequence[Exchange], now: datetime) -> Iterator[str]:
    yield from (f"not as it should be: {probe.told}" for probe in probes if not probe.is_well)
    if _are_absent(probes):
        yield (
            "nothing that was asked is there (404): the base path may be wrong, or the ids of the contract's examples "
            "are not the target's; declare some under [ids]"
        )
    skew = next((one for exchange in exchanges if (one := clock_skew(exchange, now)) is not None), None)
    if skew is not None and abs(skew) > _SKEW:
        direction = "ahead of" if skew > 0 else "behind"
        yield f"the target's clock is {_span(abs(skew))} {direction} ours, by its Date field"


def _span(seconds: float) -> str:
    size, unit = next((one for one in _SPANS if seconds >= 2 * one[0]), (1, "s"))
    return f"{seconds / size:.0f} {unit}"


def clock_skew(exchange: Exchange, now: datetime) -> float | None:
    """Seconds by which a target's Date field is ahead of a time; None when it has none that can be read."""
    text = exchange.answer.headers.get("date", "") if exchange.answer else ""
    try:
        told = parsedate_to_datetime(text)
    except ValueError:
        return None
    return ((told if told.tzinfo else told.replace(tzinfo=UTC)) - now).total_seconds()


def _is_list(operation: Operation) -> bool:
    return operation.resource is not None and operation.resource.role is Role.LIST


def _address(client: Client, operation: Operation) -> Address | None:
    """An address that may exist: declared ids, else examples of the contract; None when one is missing."""
    found: dict[str, str] = {}
    for parameter in (one for one in operation.parameters if one.location == "path"):
        known = _declared(client, operation, parameter.name) or _example(client, operation, parameter.name)
        if known is None:
            return None
        found[parameter.name] = known
    return found


def _declared(client: Client, operation: Operation, name: str) -> str | None:
    """The id that the declaration gives for a path parameter, by its name or that of the resource."""
    owners = dict(operation.resource.path) if operation.resource else {}
    given = client.target.ids.get(name) or client.target.ids.get(owners.get(name, ""))
    return given[0] if given else None


def _example(client: Client, operation: Operation, name: str) -> str | None:
    path = client.contract.document["paths"][operation.path]
    for raw in (*operation.document.get("parameters", ()), *path.get("parameters", ())):
        node = client.contract.schema_at(raw["$ref"]) if "$ref" in raw else raw
        if node.get("name") != name or node.get("in") != "path":
            continue
        examples = [one.get("value") for one in node.get("examples", {}).values()]
        known = [node.get("example"), *examples, node.get("schema", {}).get("example")]
        return next((str(one) for one in known if one is not None), None)
    return None
