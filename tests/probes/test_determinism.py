from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

from tests.probes.served import make_probed
from tests.probes.transcript import LINES, hold

HOME = Path(__file__).parents[2]


def test_the_same_requests_get_the_same_bytes_from_two_fresh_mocks() -> None:
    first, second = (asyncio.run(hold(make_probed())) for _ in range(2))
    changed = [line for line, one, other in zip(LINES, first, second, strict=True) if one != other]
    assert changed == []


def test_the_conversation_is_about_more_than_success() -> None:
    answers = asyncio.run(hold(make_probed()))
    assert {200, 201, 204, 401, 404, 405, 422} <= {int(answer[:3]) for answer in answers}


def test_neither_the_process_nor_its_hash_seed_shows() -> None:
    digests = {_digest(seed) for seed in ("1", "2")}
    assert len(digests) == 1


def _digest(seed: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "tests.probes.transcript"],
        cwd=HOME,
        env={**os.environ, "PYTHONHASHSEED": seed},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert len(done.stdout.strip()) == 64
    return done.stdout
