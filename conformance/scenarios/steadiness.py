"""Steadiness: a failure made of what several requests say together needs a list that stands still meanwhile.

Others may create and delete at a target while we look. What a look found wrong is looked for again, with nothing
remembered; it is a failure only if every list was answered just as before. An item that came and went between two
requests cannot do that, for what comes next has another id or another time. A number of items can: where totals
differ, we look more often.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from conformance.scenarios.scene import Scene
from conformance.scenarios.sighting import Sight, Sighting
from conformance.scenarios.walk import Glimpse
from spec.contract import Operation

Look = Callable[[], Iterable[Sighting]]

_MOVING = "somebody else writes here: the list was another one when it was asked for again"
_LOOKS, _WARY_LOOKS = 1, 5
"""How often it must look the same after the first time: by default, and where others were noticed or totals differ."""


def steadily(scene: Scene, listing: Operation | None, look: Look) -> Iterator[Sighting]:
    """What a look shows. Its failures count only if further looks at the same lists fail, too.

    listing: the operation whose walk is not to be taken from memory. look: changes no list that it looks at.
    """
    first, shown = _looked(scene, look)
    if all(one.sight is not Sight.FAIL for one in first):
        yield from first
        return
    others = ("others write",)
    is_wary = scene.memory.get(others) or len({one.total for one in shown} - {None}) > 1
    is_steady = all(_is_again(scene, listing, look, shown) for _ in range(_WARY_LOOKS if is_wary else _LOOKS))
    scene.memory[others] = scene.memory.get(others, False) or not is_steady
    for one in first:
        is_doubtful = one.sight is Sight.FAIL and not is_steady
        yield Sighting(Sight.INCONCLUSIVE, _MOVING, exchange=one.exchange) if is_doubtful else one


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
