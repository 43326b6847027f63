"""Steadiness: a failure made of what several requests say together needs a list that stands still meanwhile.

Others may create and delete at a target while we look. What a look found wrong is looked for again, with nothing
remembered; it is a failure only if every list was answered just as before. An item that came and went between two
requests cannot do that, for what comes next has another id or another time. What it moves or counts can look
the same twice: without a total that stays, we look more often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from conformance.scenarios.scene import Scene
from conformance.scenarios.walk import Glimpse
from conformance.verdict.sighting import Sight, Sighting
from spec.contract import Operation

Look = Callable[[], Iterable[Sighting]]

_OTHERS = ("others write",)
_MOVING = "somebody else writes here: the list was another one when it was asked for again"
_LOOKS, _BLIND_LOOKS, _WARY_LOOKS = 1, 3, 5
"""How often it must look the same after the first time: by a total that stays, without any, and where totals differ or
others were noticed."""


def steadily(scene: Scene, listing: Operation | None, look: Look) -> Iterator[Sighting]:
    """What a look shows. Its failures count only if further looks at the same lists fail, too.

    listing: the operation whose walk is not to be taken from memory. look: changes no list that it looks at.
    """
    first, shown = _looked(scene, look)
    if all(one.sight is not Sight.FAIL for one in first):
        yield from first
        return
    looks = _looks_at(scene, shown)
    is_steady = all(_is_again(scene, listing, look, shown) for _ in range(looks))
    scene.memory[_OTHERS] = scene.memory.get(_OTHERS, False) or not is_steady
    for one in first:
        is_doubtful = one.sight is Sight.FAIL and not is_steady
        yield Sighting(Sight.INCONCLUSIVE, _MOVING, exchange=one.exchange) if is_doubtful else one


def _looks_at(scene: Scene, shown: frozenset[Glimpse]) -> int:
    """How often lists must look the same again."""
    totals: dict[object, set[int]] = {}
    for one in shown:
        if one.total is not None:
            totals.setdefault(one.what, set()).add(one.total)
    if scene.memory.get(_OTHERS) or any(len(told) > 1 for told in totals.values()):
        return _WARY_LOOKS
    return _LOOKS if totals else _BLIND_LOOKS


def _is_again(scene: Scene, listing: Operation | None, look: Look, shown: frozenset[Glimpse]) -> bool:
    if listing is not None:
        scene.forget_pages(listing)
    sightings, again = _looked(scene, lambda: _until_failure(look()))
    return again <= shown and any(one.sight is Sight.FAIL for one in sightings)


def _until_failure(sightings: Iterable[Sighting]) -> Iterator[Sighting]:
    for one in sightings:
        yield one
        if one.sight is Sight.FAIL:
            return


def _looked(scene: Scene, look: Look) -> tuple[list[Sighting], frozenset[Glimpse]]:
    """What a look shows, and the lists that it was shown."""
    scene.glimpses.append([])
    sightings = list(look())
    return sightings, frozenset(scene.glimpses.pop())
