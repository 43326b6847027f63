"""Where the fuzzer's process spends its time: `python -m bench.verify_profile URL` prints shares as JSON.

Each thread is profiled on its own; waiting for a lock is not work and is left out. A profiler makes small functions
look dearer than they are, so only shares of whole libraries are told.
"""

from __future__ import annotations

import cProfile
import io
import json
import pstats
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from bench.errors import BenchError
from bench.verify_run import OWNER

_GROUPS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("making cases: hypothesis", ("/hypothesis/",)),
    ("making and checking cases: schemathesis", ("/schemathesis/",)),
    ("sending: requests, urllib3, http, sockets", ("/requests/", "/urllib3/", "/http/", "/email/", "socket", "ssl")),
    ("judging and writing down: the kit", ("/conformance/", "/spec/")),
)
_REST: Final = "the standard library and the rest, as all of these use it"
_WAITING: Final = ("acquire", "wait", "sleep", "select", "poll", "recv_into")


def profile_fuzzer(url: str) -> Mapping[str, float]:
    """Shares of the fuzzer's own time by what it was spent on, in a process of its own; raises BenchError."""
    command = [sys.executable, "-m", "bench.verify_profile", url]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  (our own module)
    if done.returncode:
        raise BenchError(f"the profile failed: {done.stderr[-800:]}", hint="run python -m bench.verify_profile by hand")
    shares: Mapping[str, float] = json.loads(done.stdout)
    return shares


def group_of(file: str, function: str) -> str | None:
    """What a function's time is counted as; None for waiting."""
    if any(word in function for word in _WAITING):
        return None
    text = f"{file} {function}"
    return next((name for name, marks in _GROUPS if any(mark in text for mark in marks)), _REST)


def _main(url: str) -> None:
    profiles: list[cProfile.Profile] = []

    def begin(*_event: object) -> None:
        # Called once in each new thread; from here on the thread has a profile of its own.
        profiles.append(one := cProfile.Profile())
        one.enable()

    threading.setprofile(begin)
    main = cProfile.Profile()
    main.enable()
    _fuzz(url)
    main.disable()
    spent: Counter[str] = Counter()
    for profile in (main, *profiles):
        for (file, _, function), (_, _, own, _, _) in _rows(profile):
            if (group := group_of(file, function)) is not None:
                spent[group] += own
    whole = sum(spent.values())
    sys.stdout.write(json.dumps({name: own / whole for name, own in spent.most_common()}))


def _rows(profile: cProfile.Profile) -> Any:
    # The attribute is what `print_stats` reads; typeshed does not name it.
    return pstats.Stats(profile).stats.items()  # type: ignore[attr-defined]


def _fuzz(url: str) -> None:
    # Heavy, and only wanted in the process that is measured.
    from conformance.fuzzing.child import prepare_process, run
    from conformance.fuzzing.findings import checks_for
    from conformance.fuzzing.job import Job
    from conformance.fuzzing.launch import prepared
    from conformance.fuzzing.lifeline import Watchdog, Writer
    from conformance.secret import Secrets
    from spec.contract_reader import load_contract

    contract = load_contract()
    job = Job(
        contract=prepared(contract.document, {}),
        url=url,
        operations=tuple(operation.id for operation in contract.operations),
        auth=dict.fromkeys(contract.security_schemes, OWNER),
        secrets={"TOKEN": OWNER},
        checks=checks_for("full"),
        seed=1,
        max_examples=25,
        seconds=300,
    )
    prepare_process()
    writer = Writer(io.StringIO(), Secrets(job.secrets))
    run(job, contract, writer, Watchdog(writer, job.slowest))


if __name__ == "__main__":
    _main(sys.argv[1])

__all__ = ["group_of", "profile_fuzzer"]
