"""Laws of the merge, over generated sources and over the real ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.errors import ConflictError
from spec.facts import Fact, Level, Reading, Source, Where
from spec.merge.assemble import assemble
from spec.merge.build import Merge, merge, merge_folder
from spec.merge.emission import ordered, to_yaml
from spec.merge.rules import normalise
from spec.merge.tree import leaves, plain
from spec.merge.unify import unify
from spec.pointer import join_pointer

PATHS = ("/things", "/things/{thing_id}", "/boxes")
NAMES = ("size", "colour")
TYPES = ("integer", "number", "string")

operations = st.tuples(st.sampled_from(PATHS), st.sampled_from(("get", "post")))
parameters = st.dictionaries(st.sampled_from(NAMES), st.none() | st.sampled_from(TYPES), max_size=2)
documents = st.dictionaries(
    operations, st.tuples(st.sampled_from(("Things", "Boxes")) | st.none(), parameters), min_size=1
)


def facts_of(name: str, document: dict[tuple[str, str], tuple[str | None, dict[str, str | None]]]) -> Iterable[Fact]:
    line = 0
    for (path, method), (summary, params) in sorted(document.items()):
        at = ("paths", path, method)
        found: list[tuple[tuple[str, ...], Any]] = [
            (at, f"{method.upper()} {path}"),
            ((*at, "responses", "200"), "200"),
            ((*at, "responses", "200", "description"), "OK"),
        ]
        found += [((*at, "summary"), summary)] if summary else []
        for parameter, kind in sorted(params.items()):
            here = (*at, "parameters", f"query:{parameter}")
            found += [((*here, "name"), parameter), ((*here, "in"), "query")]
            found += [((*here, "schema", "type"), kind)] if kind else []
        for address, value in found:
            line += 1
            yield Fact(address, value, name, Where(line, line), str(value))


def reading(name: str, document: dict[Any, Any]) -> Reading:
    return Reading(Source(name, f"{name}.yaml", "test", "shop", name, b""), tuple(facts_of(name, document)))


readings = st.lists(documents, min_size=1, max_size=4).map(
    lambda found: [reading(f"source-{index}", document) for index, document in enumerate(found)]
)


def built(sources: Sequence[Reading]) -> bytes | str:
    """The bytes of the merge, or the text of the conflict that stops it."""
    try:
        return to_yaml(merge(sources).full, "")
    except ConflictError as error:
        return str(error)


def said(sources: Sequence[Reading]) -> set[tuple[str, str]]:
    """Every stated value that the merge of these sources holds or remembers, as (address, value)."""
    unified = unify(normalise(sources).claims)
    held = {
        (join_pointer(address), repr(claim.value))
        for address, leaf in unified.leaves.items()
        for claim in (*leaf.origin.claims, *leaf.origin.overruled)
    }
    return held | {
        (join_pointer(conflict.address), repr(claim.value))
        for conflict in unified.conflicts
        for side in conflict.sides
        for claim in side
    }


@given(readings, st.randoms(use_true_random=False))
def test_the_order_of_sources_does_not_matter(sources: list[Reading], random: Any) -> None:
    shuffled = list(sources)
    random.shuffle(shuffled)
    assert built(shuffled) == built(sources)


@given(documents)
def test_merging_a_source_with_itself_changes_nothing(document: Any) -> None:
    once, again = reading("a", document), reading("b", document)

    def without_names(sources: list[Reading]) -> Any:
        contract = plain(merge(sources).full)
        for item in contract["paths"].values():
            for operation in item.values():
                del operation["x-sources"]
        return contract

    assert without_names([once, again]) == without_names([once])


@given(readings, documents)
def test_adding_a_source_never_removes_an_operation_or_a_stated_value(sources: list[Reading], more: Any) -> None:
    assert said(sources) <= said([*sources, reading("z", more)])


@given(readings)
def test_removing_a_source_removes_exactly_its_single_source_facts(sources: list[Reading]) -> None:
    gone, rest = sources[0], sources[1:]
    told_by_others = {(fact.address, repr(fact.value)) for other in rest for fact in other.facts}
    single = {
        (join_pointer(fact.address), repr(fact.value))
        for fact in gone.facts
        if (fact.address, repr(fact.value)) not in told_by_others
    }
    lost = said(sources) - said(rest)
    # Existence of nodes and what rules add (the interface of an operation) goes with the operation itself.
    literal = {entry for entry in lost if not entry[0].endswith("/x-api")}
    assert literal == {entry for entry in single if _is_leaf(entry[0])}


def _is_leaf(pointer: str) -> bool:
    parts = pointer.split("/")
    return len(parts) > 4 and parts[-2] != "responses"


@cache
def real() -> Merge:
    return merge_folder()


def test_the_real_sources_merge_the_same_in_any_order() -> None:
    done = real()
    backwards = merge(tuple(reversed(done.readings)), done.actions, done.findings)
    assert to_yaml(backwards.full, "") == to_yaml(done.full, "")
    assert to_yaml(backwards.documented, "") == to_yaml(done.documented, "")


@pytest.mark.parametrize("index", range(5))
def test_removing_a_real_source_removes_exactly_what_it_alone_says(index: int) -> None:
    readings = real().readings
    rest = [reading for place, reading in enumerate(readings) if place != index]
    held, left = _supported(readings), _supported(rest)
    gone = readings[index].source.id
    assert {address for address, speakers in held.items() if speakers == {gone}} == held.keys() - left.keys()
    assert {address: speakers - {gone} for address, speakers in held.items() if speakers != {gone}} == left


def _supported(readings: Sequence[Reading]) -> dict[str, set[str]]:
    """Pointer of each fact-borne leaf to the sources that bear it, before any decision."""
    unified = unify(normalise(readings).claims)
    held = {
        join_pointer(address): {claim.fact.source for claim in leaf.origin.claims + leaf.origin.overruled}
        for address, leaf in unified.leaves.items()
    }
    for conflict in unified.conflicts:
        held[join_pointer(conflict.address)] = {claim.fact.source for side in conflict.sides for claim in side}
    return held


def test_assembling_is_idempotent_over_the_real_sources() -> None:
    tree = assemble(unify(normalise(real().readings).claims))
    assert plain(ordered(tree)) == plain(ordered(assemble(unify(normalise(real().readings).claims))))


def test_every_leaf_of_the_real_contract_has_a_level() -> None:
    assert all(isinstance(leaf.origin.level, Level) for _, leaf in leaves(real().full))
