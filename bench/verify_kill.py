"""How many requests the kit needs until it notices a misbehaviour, over a sample of the gallery."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from bench.errors import BenchError
from mockproof.kill import World, kill, load_world
from mockserver.mutant import Mutant

_VAULT: Final = Path(__file__).parent.parent / "tests" / "contracts" / "vault.yaml"


@dataclass(frozen=True, slots=True)
class Shot:
    """What came of one mutant. requests: until the first failure; None where there was none."""

    world: str
    mutant: str
    requests: int | None


def load_worlds() -> tuple[World, ...]:
    """The packaged world and the second one; raises BenchError where the tests are not there."""
    if not _VAULT.is_file():
        raise BenchError(f"the second contract is not at {_VAULT.name}", hint="run this from a checkout of the project")
    return load_world("packaged"), load_world("vault", _VAULT, _VAULT.with_suffix(""))


def draw_sample(worlds: Sequence[World], size: int) -> list[tuple[World, Mutant]]:
    """So many mutants, evenly spread over both galleries in their own order: the same ones in every run."""
    every = [(world, mutant) for world in worlds for mutant in world.mutants if not mutant.wait]
    step = max(len(every) / size, 1.0) if size else 1.0
    return [every[int(number * step)] for number in range(min(size, len(every)) if size else len(every))]


def shoot(sample: Sequence[tuple[World, Mutant]], note: Callable[[str], None]) -> list[Shot]:
    """Judge the mock with each mutant until a requirement fails; the fuzzer is asked when no scenario noticed."""
    found = []
    for number, (world, mutant) in enumerate(sample, 1):
        note(f"mutant {number} of {len(sample)}: {mutant.id}, {world.name}")
        found.append(Shot(world.name, mutant.id, kill(world, mutant, ("scenarios", "fuzz")).requests))
    return found


def median_requests(shots: Sequence[Shot]) -> float | None:
    """The median of requests to the first failure, where a mutant that survives counts as never; None without any."""
    counts = [shot.requests if shot.requests is not None else float("inf") for shot in shots]
    return median(counts) if counts else None
