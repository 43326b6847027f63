"""What the kit's fuzzer is held against: stock schemathesis on the same contract, and the making of cases alone.

`python -m bench.verify_stock CONTRACT EXAMPLES` draws so many cases in each mode for every operation of a contract,
sends none and checks nothing, and prints how many there were: no run of schemathesis can be quicker than that.
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from bench.errors import BenchError
from bench.timed import timed
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.packaged import contract_path

EXAMPLES: Final = 25
"""Cases of each operation and phase, as `mockproof verify` asks for them when nobody says otherwise."""
_SEED: Final = 1
_FOUND: Final = (0, 1)
"""Exit codes of schemathesis after a whole run: nothing found, or something."""


def run_stock(url: str, profile: str, token: str, folder: Path) -> tuple[float, float, int]:
    """Run stock schemathesis with the settings of the kit's fuzzer and no report at all.

    Gives seconds by the clock, CPU seconds, and cases; raises BenchError for a run that was not whole.
    """
    contract, settings = _contract(profile, folder), folder / "schemathesis.toml"
    settings.write_text(_settings(url, contract, token), encoding="utf-8")
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run", "--no-color"]
    wall, cpu, code = timed([*command, str(folder / "contract.json")], folder / "output.txt", {"PYTHONHASHSEED": "0"})
    text = (folder / "output.txt").read_text(encoding="utf-8", errors="replace")
    found = re.search(r"([\d,]+) generated", text)
    if code not in _FOUND or found is None:
        raise BenchError(f"stock schemathesis ended with code {code}: {text[-400:]}", hint="run it by hand")
    return wall, cpu, int(found[1].replace(",", ""))


def draw_only(profile: str, folder: Path) -> tuple[float, float, int]:
    """Make cases and nothing else, likewise."""
    _contract(profile, folder)
    command = [sys.executable, "-m", "bench.verify_stock", str(folder / "contract.json"), str(EXAMPLES)]
    wall, cpu, code = timed(command, folder / "output.txt", {"PYTHONHASHSEED": "0"})
    text = (folder / "output.txt").read_text(encoding="utf-8", errors="replace")
    if code != 0:
        raise BenchError(f"making cases ended with code {code}: {text[-400:]}", hint="run it by hand")
    return wall, cpu, int(text.split()[-1])


def _contract(profile: str, folder: Path) -> Contract:
    contract = load_contract(contract_path(profile))
    (folder / "contract.json").write_text(json.dumps(contract.document, default=dict), encoding="utf-8")
    return contract


def _settings(url: str, contract: Contract, token: str) -> str:
    kinds = {name: "bearer" if one.bearer else "api_key" for name, one in contract.security_schemes.items()}
    lines = [
        f'base-url = "{url}"',
        f"seed = {_SEED}",
        "workers = 1",
        "max-redirects = 0",
        "continue-on-failure = true",
        "[auth.openapi]",
        *(f'{name} = {{ {kind} = "{token}" }}' for name, kind in kinds.items()),
        "[generation]",
        f"max-examples = {EXAMPLES}",
        'database = "none"',
        "no-shrink = true",
        "[cache]",
        "enabled = false",
        "[phases.stateful.generation]",
        f"max-examples = {EXAMPLES // 2}",
    ]
    return "\n".join(lines) + "\n"


def _draw(contract: Path, examples: int) -> int:
    # Heavy, and only wanted in the process that is measured.
    import schemathesis
    from hypothesis import HealthCheck, Phase, given, seed, settings
    from schemathesis.generation import GenerationMode

    schema: Any = schemathesis.openapi.from_dict(json.loads(contract.read_text(encoding="utf-8")))
    made: list[str] = []
    for found in schema.get_all_operations():
        operation = found.ok()
        for mode in GenerationMode:

            @seed(_SEED)
            @settings(
                max_examples=examples,
                phases=[Phase.generate],
                database=None,
                deadline=None,
                suppress_health_check=list(HealthCheck),
            )
            @given(operation.as_strategy(generation_mode=mode))
            def make(case: Any) -> None:
                made.append(case.id)

            try:
                make()
            except Exception as error:
                # An operation without input has no case that is wrong on purpose.
                if type(error).__name__ not in ("Unsatisfiable", "SkipTest"):
                    raise
    return len(made)


if __name__ == "__main__":
    sys.stdout.write(f"{_draw(Path(sys.argv[1]), int(sys.argv[2]))}\n")

__all__ = ["EXAMPLES", "draw_only", "run_stock"]
