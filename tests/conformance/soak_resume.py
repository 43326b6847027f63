"""Cut runs off at many moments and hold what comes of them against an uninterrupted run; run by hand.

    python -m tests.conformance.soak_resume --world all --ending kill --moments 20 --seed 1

A moment is a number of lines in the ledger, drawn so that every stage of a run is met, or, each third time, a number
of seconds. How a run is cut off, and what must come of it:

    kill    SIGKILL, then `verify --resume`: the verdicts of the whole run
    twice   likewise, and the resumed run is killed too, and resumed again
    clean   SIGKILL, then `clean`: nothing is left that could be deleted
    signal  SIGTERM or SIGINT: reports are written, the exit code tells the signal, nothing is left behind

Where a run has to wait for jobs, the clock of the mock runs fast. Exits with 1 when anything differs.
"""

from __future__ import annotations

import argparse
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.fuzzing.job import PHASES
from conformance.ledger import Line, read_ledger
from mockserver.server import running
from tests.conformance.soak_world import MOCKPROOF, World, worlds

ENDINGS = ("kill", "twice", "clean", "signal")
REPORTS = ("report.json", "report.html", "junit.xml", "summary.md")
STAGES = ("beginning", "preflight", "looking", "checking", *PHASES, "cleaning", "telling")


@dataclass(frozen=True)
class Moment:
    """When a run is cut off: after so many lines of its ledger, or after so many seconds."""

    stage: str
    lines: int = 0
    seconds: float = 0.0

    def has_come(self, ledger: Path, began: float) -> bool:
        if self.seconds:
            return time.monotonic() - began >= self.seconds
        return ledger.exists() and ledger.read_bytes().count(b"\n") >= self.lines


def moments(whole: Sequence[Line], seconds: float, chance: random.Random, most: int) -> list[Moment]:
    """Moments that meet every stage of a run."""
    places: dict[str, list[int]] = {}
    for number, stage in enumerate(_stages(whole), 1):
        places.setdefault(stage, []).append(number)
    found: list[Moment] = []
    known = [stage for stage in STAGES if stage in places]
    while len(found) < most:
        if len(found) % 3 == 2:
            found.append(Moment("by time", seconds=round(chance.uniform(0.05, 1.0) * seconds, 2)))
        else:
            stage = known[(len(found) - len(found) // 3) % len(known)]
            found.append(Moment(stage, lines=chance.choice(places[stage])))
    return found


def _stages(lines: Sequence[Line]) -> Iterator[str]:
    """The stage that each line of a ledger was written in."""
    stage = "beginning"
    for line in lines:
        if line["kind"] == "exchange":
            phase = line["phase"]
            if phase != "scenario":
                stage = phase
            elif stage in ("beginning", "preflight"):
                stage = "looking"
        elif line["kind"] == "closing" and stage == "looking":
            stage = "checking"
        elif line["kind"] == "verdict":
            stage = "telling"
        yield stage


@dataclass
class Soak:
    """One world and all that is cut off there."""

    world: World
    folder: Path
    seed: int
    examples: int

    def run_whole(self) -> float:
        """Make the run that all others are held against; returns its seconds."""
        began = time.monotonic()
        with running(self.world.mock()) as url:
            self.finish(self.command(url, self.whole))
        return time.monotonic() - began

    @property
    def whole(self) -> Path:
        return self.folder / "whole"

    def command(self, url: str, folder: Path) -> list[str]:
        return self.world.command(url, folder, self.seed, self.examples)

    def finish(self, words: Sequence[str]) -> int:
        """Run a command to its end; returns its exit code."""
        with subprocess.Popen(words, **self._quietly()) as process:
            return process.wait()

    def cut(self, words: Sequence[str], folder: Path, moment: Moment, number: signal.Signals) -> int | None:
        """Send a signal at a moment; returns the exit code, or None when the run was over before."""
        began, ledger = time.monotonic(), folder / "ledger.ndjson"
        with subprocess.Popen(words, **self._quietly()) as process:
            while not moment.has_come(ledger, began):
                if process.poll() is not None:
                    return None
                time.sleep(0.005)
            process.send_signal(number)
            return process.wait()

    def _quietly(self) -> dict[str, Any]:
        streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return {"env": self.world.environment, "cwd": self.folder, "preexec_fn": _hearing, **streams}

    def resumed(self, folder: Path, moment: Moment) -> list[str]:
        """Kill, resume, compare."""
        with running(self.world.mock()) as url:
            self.cut(self.command(url, folder), folder, moment, signal.SIGKILL)
            return self._compared(folder)

    def resumed_twice(self, folder: Path, moment: Moment) -> list[str]:
        """Kill, resume, kill, resume, compare."""
        with running(self.world.mock()) as url:
            self.cut(self.command(url, folder), folder, moment, signal.SIGKILL)
            if (folder / "ledger.ndjson").exists():
                later = Moment(moment.stage, seconds=1.0 + moment.lines % 7)
                self.cut([*MOCKPROOF, "verify", "--resume", str(folder)], folder, later, signal.SIGKILL)
            return self._compared(folder)

    def cleaned(self, folder: Path, moment: Moment) -> list[str]:
        """Kill, clean, look what is left."""
        with running(self.world.mock()) as url:
            self.cut(self.command(url, folder), folder, moment, signal.SIGKILL)
            if (folder / "ledger.ndjson").exists():
                self.finish([*MOCKPROOF, "clean", str(folder)])
            return self.world.left_behind(folder)

    def signalled(self, folder: Path, moment: Moment) -> list[str]:
        """End politely; look for the reports."""
        number = signal.SIGTERM if moment.lines % 2 else signal.SIGINT
        with running(self.world.mock()) as url:
            code = self.cut(self.command(url, folder), folder, moment, number)
        if not (folder / "ledger.ndjson").exists():
            return []  # it had not begun
        if code is None:
            return ["the run was over before"]
        wrong = [] if code == 128 + number else [f"exit code {code} after {number.name}"]
        wrong += [f"no {name}" for name in REPORTS if not (folder / name).is_file()]
        return wrong + [f"left behind: {one}" for one in self.world.left_behind(folder)]

    def _compared(self, folder: Path) -> list[str]:
        if not (folder / "ledger.ndjson").exists():
            return []  # killed before it began: there is nothing to resume
        code = self.finish([*MOCKPROOF, "verify", "--resume", str(folder)])
        now, wanted = verdicts(folder), verdicts(self.whole)
        names = sorted(now.keys() | wanted.keys())
        wrong = [
            f"{name}: {now.get(name)}, not {wanted.get(name)}" for name in names if now.get(name) != wanted.get(name)
        ]
        if not wanted or code not in (0, 1, 3):
            wrong.append(f"exit code {code}")
        return wrong + [f"left behind: {one}" for one in self.world.left_behind(folder)]


def _hearing() -> None:
    """A shell lets what runs in the background ignore SIGINT, and that is inherited."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def verdicts(folder: Path) -> dict[str, str]:
    """Verdicts by requirement, and the conclusion beside them."""
    lines = read_ledger(folder / "ledger.ndjson")
    end = next((line["conclusion"] for line in lines if line["kind"] == "end"), "none")
    return {"the conclusion": end, **{line["id"]: line["verdict"] for line in lines if line["kind"] == "verdict"}}


def main(arguments: Sequence[str] | None = None) -> int:
    """Soak the worlds that are named; returns the exit code."""
    given = _arguments(arguments)
    rows: list[tuple[str, str, int, int, int]] = []
    for world in worlds(given.world, given.profile):
        with tempfile.TemporaryDirectory() as name:
            soak = Soak(world, Path(name), given.seed, given.max_examples)
            seconds = soak.run_whole()
            whole = read_ledger(soak.whole / "ledger.ndjson")
            _say(f"{world.name}: the whole run took {seconds:.1f} s, {verdicts(soak.whole)['the conclusion']}")
            endings = given.ending or ("kill",)
            rows += [(world.name, ending, *_soaked(soak, ending, whole, seconds, given)) for ending in endings]
    _say(f"\n{'world':12} {'ending':8} {'moments':>8} {'same':>6} {'left behind':>12}")
    for place, ending, all_, same, left in rows:
        _say(f"{place:12} {ending:8} {all_:8d} {same:6d} {left or 'none':>12}")
    return int(any(same < all_ for _, _, all_, same, _ in rows))


def _soaked(
    soak: Soak, ending: str, whole: Sequence[Line], seconds: float, given: argparse.Namespace
) -> tuple[int, int, int]:
    """How many moments there were, at how many all was as it should be, and at how many something was left behind."""
    ways: dict[str, Callable[[Path, Moment], list[str]]] = {
        "kill": soak.resumed, "twice": soak.resumed_twice, "clean": soak.cleaned, "signal": soak.signalled,
    }  # fmt: skip
    chance = random.Random(f"{given.seed} {soak.world.name} {ending}")  # noqa: S311  moments, no secrets
    same = left = 0
    drawn = moments(whole, seconds, chance, given.moments)
    for number, moment in enumerate(drawn, 1):
        wrong = ways[ending](soak.folder / f"{ending}{number}", moment)
        when = f"line {moment.lines}" if moment.lines else f"{moment.seconds} s"
        _say(f"{number:3d}  {ending:7} {moment.stage:10} {when:>10}  {'; '.join(wrong) or 'as it should be'}")
        same += not wrong
        left += any("left behind" in one or "perhaps" in one for one in wrong)
    return len(drawn), same, left


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Cut runs off, go on with them, and compare.")
    parser.add_argument("--world", choices=["packaged", "vault", "all"], default="all")
    parser.add_argument("--profile", choices=["documented", "full", "all"], default="all", help="of the packaged world")
    parser.add_argument("--ending", choices=ENDINGS, action="append", help="repeatable; kill by default")
    parser.add_argument("--moments", type=int, default=20, help="for each world and ending")
    parser.add_argument("--seed", type=int, default=1, help="of the runs and of the moments")
    parser.add_argument("--max-examples", type=int, default=5)
    return parser.parse_args(arguments)


def _say(text: str) -> None:
    print(text, flush=True)  # noqa: T201  a program


if __name__ == "__main__":
    sys.exit(main())
