"""Judging what was created, changed, deleted, and what moves on its own. Copied into reproducers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from conformance.exchange.shape import Item, created_at, id_of, item_in, items_in, plain_name, same_value
from conformance.reproduction.runtime.answer import Answer, Unclear, item, need, row_ids, rows, sent_fields
from conformance.reproduction.runtime.state import made_id


def kept(made: Answer, got: Answer, envelope: str | None) -> str:
    """What is wrong unless what was sent can be read again."""
    if not 200 <= need(made).status < 300 or not 200 <= got.status < 300:
        return f"expected the new item, saw status {got.status}"
    return differing(sent_fields(made), item(got, envelope))


def differing(sent: Mapping[str, Any], shown: Item) -> str:
    """What is wrong unless an item shows the fields that were sent, as far as it has them."""
    for name, value in sent.items():
        plain = plain_name(name)
        if plain in shown and not alike(value, shown[plain]):
            return f"expected {plain} of {value!r}, as sent, saw {shown[plain]!r}"
    return ""


def alike(sent: Any, shown: Any) -> bool:
    """Whether a value is what was sent; a form sends lists and nothing as text."""
    if isinstance(sent, str) and isinstance(shown, list):
        return sent == ",".join(map(str, shown))
    return same_value(sent, shown) or (sent == "" and shown is None)


def changed(change: Answer, after: Answer, envelope: str | None) -> str:
    """What is wrong unless a change lasts."""
    need(change)
    return differing(sent_fields(change), item(after, envelope))


def echoed(change: Answer, after: Answer, envelope: str | None, read_envelope: str | None) -> str:
    """What is wrong unless the answer to a change shows the item as it is read afterwards."""
    told, now = item(change, envelope), item(after, read_envelope)
    names = [plain_name(name) for name in sent_fields(change)]
    other = [name for name in names if name in told and name in now and told[name] != now[name]]
    return f"expected {other[0]} of {now[other[0]]!r}, as it is read, saw {told[other[0]]!r}" if other else ""


def rest_kept(before: Answer, change: Answer, after: Answer, envelope: str | None, moving: Sequence[str]) -> str:
    """What is wrong unless a partial change keeps what was not sent."""
    need(change)
    free = {*map(plain_name, sent_fields(change)), *moving}
    old, new = item(before, envelope), item(after, envelope)
    lost = [name for name, value in old.items() if name not in free and new.get(name) != value]
    return f"expected {lost[0]} of {old[lost[0]]!r}, as before, saw {new.get(lost[0])!r}" if lost else ""


def rest_cleared(
    before: Answer, change: Answer, after: Answer, envelope: str | None, blanks: Mapping[str, Sequence[Any]]
) -> str:
    """What is wrong if a replacement keeps what was left out. blanks: values that stand for nothing, by field."""
    need(change)
    sent = set(map(plain_name, sent_fields(change)))
    old, new = item(before, envelope), item(after, envelope)
    for name, blank in blanks.items():
        if name in sent or name not in old or old[name] in blank:
            continue
        if new.get(name) == old[name]:
            return f"expected {name} blank, as it was left out, saw {new.get(name)!r}, as before"
    return ""


def gone(deletion: Answer, got: Answer) -> str:
    """What is wrong if a deleted item can still be read."""
    need(deletion)
    return f"expected 404 for what was deleted, saw status {got.status}" if 200 <= got.status < 300 else ""


def new_id(got: Answer, others: Sequence[Answer], pages: Sequence[Answer], told: Mapping[str, Any]) -> str:
    """What is wrong unless something new has an id that nothing else has."""
    own = made_id(got, told["made"], told["id"])
    known = {made_id(one, told["made"], told["id"]) for one in others} | set(row_ids(pages, told) if pages else ())
    return f"expected an id that nothing else has, saw {own} again" if own in known else ""


def is_item(got: Answer, envelope: str | None, name: str, identifier: str) -> str:
    """What is wrong unless an answer shows the item that was asked for."""
    if 400 <= got.status < 500:
        return f"expected the item {identifier}, saw status {got.status}"
    seen = id_of(item(got, envelope), name)
    return "" if seen == identifier else f"expected the item {identifier}, saw the item {seen}"


def same_thing(first: Answer, again: Answer, envelope: str | None, name: str) -> str:
    """What is wrong unless a repeated create tells of the same thing."""
    ids = [made_id(one, envelope, name) for one in (first, again)]
    return "" if ids[0] == ids[1] else f"expected {ids[0]} again for the same key, saw {ids[1]}"


def other_thing(first: Answer, other: Answer, envelope: str | None, name: str) -> str:
    """What is wrong unless another key makes another thing."""
    need(first)
    if other.status in (409, 422):
        return f"expected another item for another key, saw status {other.status}"
    ids = [made_id(one, envelope, name) for one in (first, other)]
    return f"expected another item for another key, saw {ids[1]} again" if ids[0] == ids[1] else ""


def no_second(first: Answer, reused: Answer, envelope: str | None, name: str) -> str:
    """What is wrong if a key that was used makes a second thing."""
    need(first)
    if not 200 <= reused.status < 300:
        return ""
    ids = [made_id(one, envelope, name) for one in (first, reused)]
    return f"expected no second item for a key that was used, saw {ids[1]}" if ids[0] != ids[1] else ""


def not_ended(got: Answer, envelope: str | None, field: str, ends: Sequence[str]) -> str:
    """What is wrong if a new item is at its end already."""
    state = item(got, envelope).get(field)
    return f"expected a new item at its start, saw {state}" if state in ends else ""


def reached(before: str, after: str, moves: Mapping[str, Sequence[str]]) -> bool:
    """Whether an item in one state may be seen in another one later."""
    seen, rest = {before}, [before]
    while rest:
        for state in moves.get(rest.pop(), ()):
            if state not in seen:
                seen.add(state)
                rest.append(state)
    return after in seen


def state_of(got: Answer, envelope: str | None, field: str) -> str:
    """The state that an answer shows."""
    state = item(got, envelope).get(field)
    if not isinstance(state, str):
        raise Unclear(f"{got.target}: no state in {field}")
    return state


def seen_state(answers: Answer | Sequence[Answer], envelope: str | None, name: str, identifier: str, field: str) -> str:
    """The state of one thing in answers that show it, as an item or in a list."""
    for got in [answers] if isinstance(answers, Answer) else answers:
        body = need(got).json()
        one = item_in(body, envelope)
        for row in [*(items_in(body, envelope) or ()), *([one] if one is not None else [])]:
            if id_of(row, name) == identifier and isinstance(row.get(field), str):
                return str(row[field])
    raise Unclear(f"the answers do not tell the state of {identifier}")


def in_turn(before: str, now: str, moves: Mapping[str, Sequence[str]]) -> str:
    """What is wrong unless a state may follow another one."""
    return "" if reached(before, now, moves) else f"expected {before} or what follows it, saw {now}"


def follows(before: str, got: Answer, envelope: str | None, field: str, moves: Mapping[str, Sequence[str]]) -> str:
    """What is wrong unless a state is the one before, or one that follows it."""
    now = state_of(got, envelope, field)
    return "" if reached(before, now, moves) else f"expected {before} or what follows it, saw {now}"


def row_state(pages: Sequence[Answer], told: Mapping[str, Any], identifier: str, field: str) -> str:
    """The state of an item in a list."""
    row = next((one for one in rows(pages, told) if id_of(one, told["id"]) == identifier), None)
    if row is None or not isinstance(row.get(field), str):
        raise Unclear(f"the list does not tell the state of {identifier}")
    return str(row[field])


def states_follow(
    answers: Sequence[Answer], envelope: str | None, field: str, moves: Mapping[str, Sequence[str]]
) -> str:
    """What is wrong unless each state is one that may follow the one before."""
    states = [state_of(one, envelope, field) for one in answers]
    for before, now in pairwise(states):
        if not reached(before, now, moves):
            return f"expected {before} or what follows it, saw {now}"
    return ""


def row_follows(
    got: Answer, pages: Sequence[Answer], told: Mapping[str, Any], envelope: str | None, field: str,
    moves: Mapping[str, Sequence[str]],
) -> str:  # fmt: skip
    """What is wrong if a list that was asked for after a read shows an earlier state."""
    read = item(got, envelope)
    identifier = str(id_of(read, told["id"]))
    if identifier not in row_ids(pages, told):
        return ""
    now, before = row_state(pages, told, identifier, field), str(read.get(field))
    return "" if reached(before, now, moves) else f"expected the list to say {before} or what follows it, saw {now}"


def has_ended(got: Answer, envelope: str | None, field: str, waiting: Sequence[str]) -> str:
    """What is wrong if an item is still on its way."""
    state = state_of(got, envelope, field)
    return f"expected an end by now, saw {state}" if state in waiting else ""


def in_time_order(got: Answer, envelope: str | None, names: Sequence[str]) -> str:
    """What is wrong unless moments are in the order in which things happen."""
    read = item(got, envelope)
    told = [(name, read[name]) for name in names if read.get(name) is not None]
    for (first, early), (second, late) in pairwise(told):
        if type(early) is type(late) and early > late:
            return f"expected {second} not before {first}, which is {early}, saw {late}"
    return ""


def stamped(before: Answer, after: Answer, later: Answer, envelope: str | None, made: str | None, name: str) -> str:
    """What is wrong unless the time of the last change moved with the change, by the target's own clock."""
    old: Any = item(before, envelope).get(name)
    new: Any = item(after, envelope).get(name)
    now: Any = created_at(item(later, made))
    if old is None or type(old) is not type(new) or type(new) is not type(now):
        raise Unclear(f"{name} cannot be compared")
    if new < old:
        return f"expected {name} not before {old}, saw {new}"
    passed = now - old > 1 if isinstance(old, (int, float)) else str(now)[:18] > str(old)[:18]
    return f"expected {name} later than {old}, as it was {now} by then, saw {new}" if new == old and passed else ""


def renewed(
    before: Answer, got: Answer, envelope: str | None, read: str | None, name: str, until: Sequence[str]
) -> str:
    """What is wrong unless an action gives a field a fresh value that is good for longer."""
    old, new = item(before, read), item(got, envelope)
    fresh = new.get(name)
    if not isinstance(fresh, str) or not fresh:
        return f"expected a text in {name}, saw {fresh!r}"
    if fresh == old.get(name):
        return f"expected another {name} than before, saw the same one"
    for field in until:
        for moment in (old.get(field), created_at(new)):
            late: Any = new.get(field)
            if late is not None and moment is not None and type(late) is type(moment) and late < moment:
                return f"expected it to be good beyond {moment}, saw {field} of {late}"
    return ""


def list_kept(got: Answer, envelope: str | None, name: str) -> str:
    """What is wrong unless all values of a list in a field are there."""
    sent = str(sent_fields(got).get(name, ""))
    shown = item(got, envelope).get(plain_name(name))
    count = len(shown) if isinstance(shown, list) else len(str(shown).split(","))
    return f"expected {name} of {sent!r}, saw {shown!r}" if shown and count < len(sent.split(",")) else ""


def no_stranger(own: Answer, got: Answer) -> str:
    """What is wrong if an item is found below a parent that is not its own."""
    same = 200 <= got.status < 300 and got.body == need(own).body
    return "expected a refusal below another parent, saw the item of the first one" if same else ""
