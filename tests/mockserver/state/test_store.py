"""Collections, their views, and stores that share what nobody wrote."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from mockserver.state.collection import Collection, Entry
from mockserver.state.store import Store

COLOURS = ("red", "green", "blue", None)


def entry(number: int | str, colour: str | None = None) -> Entry:
    return Entry(("p", number), {"id": number, "colour": colour})


def ids(items: Any) -> list[Any]:
    return [item.key[-1] for item in items]


@given(
    st.lists(st.tuples(st.integers(0, 20), st.sampled_from(COLOURS)), max_size=30),
    st.lists(st.tuples(st.sampled_from(["put", "drop"]), st.integers(0, 20), st.sampled_from(COLOURS)), max_size=30),
)
def test_a_view_is_always_what_a_fresh_look_would_find(
    first: list[tuple[int, str | None]], writes: list[tuple[str, int, str | None]]
) -> None:
    collection = Collection(entry(number, colour) for number, colour in first)
    reds = (("colour", frozenset({"red"})),)
    collection.select("id", reds)
    collection.select("colour")
    for action, number, colour in writes:
        if action == "put":
            collection.put(entry(number, colour))
        else:
            collection.drop(number)
    fresh = Collection(collection)
    assert ids(collection.select("id", reds)) == ids(fresh.select("id", reds))
    assert ids(collection.select("colour")) == ids(fresh.select("colour"))
    assert all(item.fields["colour"] == "red" for item in collection.select("id", reds))


def test_numbers_are_ordered_by_size_and_texts_by_their_letters() -> None:
    assert ids(Collection(entry(n) for n in (10, 9, 100)).select("id")) == [9, 10, 100]
    assert ids(Collection(entry(n) for n in ("b", "10", "9", 2)).select("id")) == [2, "10", "9", "b"]


def test_items_alike_in_their_order_are_ordered_by_id() -> None:
    mixed = Collection([entry(3, "red"), entry(1, "red"), entry(2, None)])
    assert ids(mixed.select("colour")) == [2, 1, 3]


def test_a_list_as_a_fields_value_meets_no_condition() -> None:
    odd = Collection([Entry((1,), {"id": 1, "tags": ["a"]})])
    assert len(odd.select("id", (("tags", frozenset({"a"})),))) == 0


def test_asking_for_ever_new_conditions_keeps_few_views() -> None:
    collection = Collection(entry(n, "red") for n in range(5))
    for number in range(500):
        collection.select("id", (("colour", frozenset({str(number)})),))
    assert len(collection._views) <= 32


def test_a_store_writes_only_to_itself() -> None:
    shared = {("thing", ("p",)): Collection(entry(n) for n in range(3))}
    one, other = Store(shared), Store(shared)
    one.put("thing", entry(7))
    one.drop("thing", ("p", 0))
    assert ids(one.collection("thing", ("p",)).select("id")) == [1, 2, 7]
    assert ids(other.collection("thing", ("p",)).select("id")) == [0, 1, 2]


def test_an_unwritten_collection_is_shared_and_a_written_one_shares_its_items() -> None:
    shared = {("thing", ("p",)): Collection([entry(1)]), ("thing", ("q",)): Collection([Entry(("q", 1), {"id": 1})])}
    store = Store(shared)
    store.put("thing", entry(2))
    assert store.collection("thing", ("q",)) is shared["thing", ("q",)]
    assert store.get("thing", ("p", 1)) is shared["thing", ("p",)].get(1)


def test_what_was_emptied_stays_empty() -> None:
    store = Store({("thing", ("p",)): Collection([entry(1)])})
    store.drop("thing", ("p", 1))
    assert len(store.collection("thing", ("p",))) == 0


def test_what_was_frozen_stays_as_it_was() -> None:
    store = Store({("thing", ("p",)): Collection([entry(1)])})
    store.put("thing", entry(2))
    frozen = store.freeze()
    store.put("thing", entry(3))
    store.drop("thing", ("p", 1))
    assert [len(frozen["thing", ("p",)]), len(store.collection("thing", ("p",)))] == [2, 2]
    assert Store(frozen).get("thing", ("p", 1)) == entry(1)


def test_reading_one_item_or_one_page_does_not_look_at_the_others() -> None:
    seen: list[str] = []

    class Watched(dict[str, Any]):
        def get(self, name: str, default: Any = None) -> Any:
            seen.append(name)
            return super().get(name, default)

    collection = Collection(Entry((n,), Watched(id=n)) for n in range(1000))
    selection = collection.select("id")
    seen.clear()
    assert collection.get(999) is not None
    assert ids(selection[500:520]) == list(range(500, 520))
    assert ids(collection.select("id")[980:]) == list(range(980, 1000))
    assert seen == []


def test_getting_one_among_a_hundred_thousand_costs_what_it_costs_among_a_hundred() -> None:
    small, large = (Store({("thing", ("p",)): Collection(entry(n) for n in range(size))}) for size in (100, 100_000))

    def cost(store: Store, numbers: list[int]) -> float:
        keys = [("p", number) for number in numbers]
        return _cpu(lambda: [store.get("thing", key) for key in keys])

    ratios = [cost(large, list(range(50, 70)) * 50) / cost(small, list(range(50, 70)) * 50) for _ in range(15)]
    # The best of several: whatever else the machine does only ever adds.
    assert min(ratios) < 1.2


def _cpu(work: Callable[[], object]) -> float:
    start = time.thread_time_ns()
    work()
    return max(1, time.thread_time_ns() - start)


def test_a_stretch_is_kept_until_the_next_write() -> None:
    collection = Collection(entry(number) for number in range(5))
    first = collection.select("id").stretch(1, 3)
    assert collection.select("id").stretch(1, 3) is first
    assert [fields["id"] for fields in first.fields] == [1, 2]
    collection.put(entry(9))
    again = collection.select("id").stretch(1, 3)
    assert again is not first
    assert again.fields == first.fields


def test_a_stretch_tells_what_was_dropped_and_replaced() -> None:
    collection = Collection(entry(number) for number in range(4))
    collection.select("id").stretch(0, 4)
    collection.drop(0)
    collection.put(entry(1, "blue"))
    first = collection.select("id").stretch(0, 3).fields[0]
    assert (first["id"], first["colour"]) == (1, "blue")


def test_a_stretch_of_a_copy_is_its_own() -> None:
    collection = Collection(entry(number) for number in range(3))
    collection.select("id").stretch(0, 3)
    other = collection.copy()
    other.drop(2)
    assert (len(other.select("id").stretch(0, 3).fields), len(collection.select("id").stretch(0, 3).fields)) == (2, 3)


def test_a_stretch_can_be_read_backwards() -> None:
    selection = Collection(entry(number) for number in range(5)).select("id")
    assert [fields["id"] for fields in selection.stretch(0, 2, backwards=True).fields] == [1, 0]
