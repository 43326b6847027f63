"""The fuzzer seen from the kit: starts the child, passes its lines on, and never waits longer than it must.

A child that stalls or dies takes one operation with it. That operation is left out, the trouble is written
down, and the others get another child with the time that is left.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from conformance.fuzzing.job import EVERY_OPERATION, Job
from conformance.ledger import Ledger
from conformance.manners.trace import Trace
from spec.contract import TOKEN_TYPES

_RESTARTS = 3
_KEPT_WORDS = 20
_OUT_OF_TIME = "out of time"
# The child gets no limit of its own: given one, the fuzzer repeats its phases until the time is used up.

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class _Ending:
    """How one child ended: `reason` is the fuzzer's own word, or None when it never said one.

    suspect: the operation that it was at. is_told: the child itself wrote down the trouble. is_final: no other child
    would get further.
    """

    reason: str | None
    suspect: str | None
    words: str
    is_told: bool
    is_final: bool = False


def run_fuzz(
    job: Job, ledger: Ledger, progress: Progress, trace: Trace | None = None, *, may_be_cut: bool = False
) -> None:
    """Fuzz the operations of a job; every line of the child is appended to the ledger.

    trace: learns what the fuzzer creates; the child itself writes it to the file that the job names. may_be_cut: that
    the time is over before everything was asked is no trouble, as it was all asked before.
    Ends within `job.seconds` and a few more. What went wrong stands in `trouble` lines.
    """
    until = time.monotonic() + job.seconds
    known = trace if trace is not None else Trace()
    for _ in range(_RESTARTS + 1):
        left = until - time.monotonic()
        if left < 1 or not job.operations:
            if not may_be_cut:
                _trouble(ledger, job.operations, "the time was over before the fuzzer was done", "budget")
            return
        ending = _one_child(replace(job, seconds=max(int(left), 1), created=known.lines()), ledger, progress, known)
        if ending.reason == "completed" or ending.is_final:
            return
        if ending.reason is not None:
            word = "budget" if ending.reason == _OUT_OF_TIME else "stopped"
            if word == "budget" and may_be_cut:
                return
            _trouble(ledger, job.operations, f"the fuzzer stopped before it was done: {ending.reason}", word)
            return
        if ending.suspect is None or ending.suspect == EVERY_OPERATION or ending.suspect not in job.operations:
            _trouble(ledger, (EVERY_OPERATION,), f"the fuzzer's process ended early. {ending.words}", "crash")
            return
        progress(f"the fuzzer lost {ending.suspect}; the other operations go on")
        if not ending.is_told:
            _trouble(ledger, (ending.suspect,), f"the fuzzer's process ended early. {ending.words}", "crash")
        job = replace(job, operations=tuple(name for name in job.operations if name != ending.suspect))
    _trouble(ledger, (EVERY_OPERATION,), "the fuzzer's process ended early too often", "crash")


def _trouble(ledger: Ledger, operations: tuple[str, ...], reason: str, word: str) -> None:
    for operation in operations:
        ledger.add("trouble", operation=operation, reason=reason, trouble=word)


def _one_child(job: Job, ledger: Ledger, progress: Progress, trace: Trace) -> _Ending:
    reason = suspect = None
    opened: list[str] = []
    stalled = throttled = False
    words: list[str] = []
    with tempfile.TemporaryDirectory(prefix="mockproof-") as folder, _started(folder) as child:
        collector = threading.Thread(target=_collect, args=(child.stderr, words), daemon=True)
        collector.start()
        try:
            _give(child.stdin, job.to_json())
            for line in _lines(child.stdout, job.seconds):
                kind = line.pop("kind")
                if kind == "finished":
                    reason = line["reason"]
                elif kind == "opening":
                    opened.append(line["operation"])
                    progress(
                        f"fuzzing {line['operation']}" if line["operation"] != EVERY_OPERATION else "fuzzing chains"
                    )
                elif kind == "trace":
                    trace.take(line["line"], write=False)
                elif kind == "closing" and line["phase"] not in job.phases:
                    continue  # a phase that this child was not asked for says nothing
                else:
                    throttled |= kind == "trouble" and line["trouble"] == "throttled"
                    if kind == "closing" and line["operation"] in opened:
                        opened.remove(line["operation"])
                    if kind == "trouble" and line["trouble"] == "stalled":
                        suspect, stalled = line["operation"], True
                    ledger.add(kind, **line)
        finally:
            child.kill()
            child.wait()
            collector.join(timeout=2)
    last = " ".join(ledger.secrets.mask(word.strip()) for word in words[-1:])
    if reason == "completed" and opened:
        # An answer that exhausts the stack kills a thread of the fuzzer, which then calls itself done with everything.
        reason, last = None, "It left an operation in the middle and the ones after it untouched."
    return _Ending(reason, suspect or (opened[-1] if opened else None), last, stalled, throttled)


def _started(folder: str) -> subprocess.Popen[str]:
    # The child must find our packages wherever they are, and nothing in the folder it starts in:
    # there, a file could pose as a module of ours, or configure the fuzzer.
    ours = str(Path(__file__).resolve().parents[2])
    environment = {**os.environ, "PYTHONPATH": ours, "PYTHONHASHSEED": "0", "PYTHONSAFEPATH": "1"}
    return subprocess.Popen(
        [sys.executable, "-m", "conformance.fuzzing.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folder,
        env=environment,
        start_new_session=True,
    )


def _give(stdin: TextIO | Any, text: str) -> None:
    try:
        stdin.write(text)
        stdin.close()
    except BrokenPipeError:
        return  # the child is gone already; its missing last line says so


def _collect(stderr: Any, words: list[str]) -> None:
    for line in stderr:
        if line.strip():
            words.append(line)
            del words[:-_KEPT_WORDS]


def _lines(stdout: Any, seconds: float) -> Iterator[dict[str, Any]]:
    """Lines of the child until it closes its output or the time is over."""
    arrived: queue.Queue[str | None] = queue.Queue()
    until = time.monotonic() + seconds

    def read() -> None:
        for text in stdout:
            arrived.put(text)
        arrived.put(None)

    threading.Thread(target=read, daemon=True).start()
    while True:
        try:
            text = arrived.get(timeout=max(until - time.monotonic(), 0.01))
        except queue.Empty:
            yield {"kind": "finished", "reason": _OUT_OF_TIME}
            return
        if text is None:
            return
        line = _decoded(text)
        if line is not None:
            yield line


def _decoded(text: str) -> dict[str, Any] | None:
    try:
        line = json.loads(text)
    except ValueError:
        return None  # cut in the middle by the end of the process
    return line if isinstance(line, dict) and "kind" in line else None


def prepared(document: Mapping[str, Any], addresses: Mapping[str, Mapping[str, str]]) -> dict[str, Any]:
    """The contract for the fuzzer: path parameters carry ids that exist at the target as their examples.

    addresses: operationId to one value for each path parameter. Parameters of a path item move to its operations,
    because two operations on one path may need different ids. No server is left in it: a path may name the
    vendor's real one, and nothing may be sent anywhere but to the target. Tokens are bearer tokens, wherever they are
    to be got.
    """
    result: dict[str, Any] = json.loads(json.dumps(document))
    result.pop("servers", None)
    for name, scheme in (schemes := result.get("components", {}).get("securitySchemes", {})).items():
        if scheme["type"] in TOKEN_TYPES:
            schemes[name] = {"type": "http", "scheme": "bearer"}
    for item in result["paths"].values():
        item.pop("servers", None)
        shared = item.pop("parameters", [])
        for method in ("get", "put", "post", "delete", "options", "head", "patch", "trace"):
            if method in item:
                item[method].pop("servers", None)
                own = item[method].get("parameters", [])
                item[method]["parameters"] = _with_ids(
                    result, shared, own, addresses.get(item[method]["operationId"], {})
                )
    return result


def _with_ids(
    document: Mapping[str, Any], shared: list[Any], own: list[Any], address: Mapping[str, str]
) -> list[dict[str, Any]]:
    merged: dict[tuple[str, str], dict[str, Any]] = {}
    for raw in (*shared, *own):
        parameter = dict(_followed(document, raw))
        merged[parameter["in"], parameter["name"]] = parameter
    for (place, name), parameter in merged.items():
        if place == "path" and name in address:
            parameter.pop("examples", None)
            schema = _followed(document, parameter.get("schema", {}))
            parameter["example"] = _typed(address[name], schema.get("type"))
    return list(merged.values())


def _followed(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    while "$ref" in node:
        target: Any = document
        for part in node["$ref"].removeprefix("#/").split("/"):
            target = target[part.replace("~1", "/").replace("~0", "~")]
        node = target
    return node


def _typed(text: str, kind: str | None) -> Any:
    if kind == "integer" and text.lstrip("-").isdecimal():
        return int(text)
    return text
