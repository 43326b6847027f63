"""Other mock servers from npm, at the versions that bench/peers pins."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import shutil
import subprocess
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from bench.errors import BenchError
from bench.process import free_port, running_server

FOLDER: Final = Path(__file__).parent / "peers"
"""Where package.json, its lock and, once installed, node_modules are."""

_PRISM: Final = FOLDER / "node_modules/@stoplight/prism-cli/dist/index.js"
_MOCKOON: Final = FOLDER / "node_modules/@mockoon/cli/bin/run.js"


def _prism(*options: str) -> Callable[[Path, int], list[str]]:
    def command(contract: Path, port: int) -> list[str]:
        return ["node", str(_PRISM), "mock", "--host", "127.0.0.1", "--port", str(port), *options, str(contract)]

    return command


def _mockoon(data: Path, port: int) -> list[str]:
    quiet = ["--disable-log-to-file", "--disable-admin-api"]
    return ["node", str(_MOCKOON), "start", "--data", str(data), "--port", str(port), *quiet]


PEERS: Final[Mapping[str, Callable[[Path, int], list[str]]]] = MappingProxyType(
    {
        "prism": _prism(),
        "prism-silent": _prism("--errors", "--verboseLevel", "silent"),
        "prism-dynamic": _prism("--errors", "--dynamic", "--verboseLevel", "silent"),
        "mockoon": _mockoon,
    }
)
"""By name, the command that serves a contract (for Mockoon also a data file of its own) on a port."""


def install_peers() -> Path:
    """Install the peers by `npm ci` unless they are there at the pinned versions; returns their node_modules.

    Raises BenchError if Node.js is missing or npm fails.
    """
    lock, installed = FOLDER / "package-lock.json", FOLDER / "node_modules"
    digest = hashlib.sha256(lock.read_bytes()).hexdigest()
    stamp = installed / ".digest"
    # Two runs may start at once; the second one waits and finds the work done.
    with lock.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        if not stamp.exists() or stamp.read_text() != digest:
            _npm_ci()
            stamp.write_text(digest)
    return installed


def peer_versions() -> dict[str, str]:
    """The pinned version of each peer, by package name."""
    package = json.loads((FOLDER / "package.json").read_text(encoding="utf-8"))
    return dict(package["dependencies"])


def peer_command(name: str, contract: Path, port: int) -> list[str]:
    """The command that makes a peer serve a contract on a port of 127.0.0.1; raises BenchError for an unknown name."""
    if name not in PEERS:
        raise BenchError(f"there is no peer {name!r}", hint=f"expected one of {', '.join(PEERS)}")
    return PEERS[name](contract, port)


@contextlib.contextmanager
def running_peer(
    name: str, contract: Path, *, options: Sequence[str] = (), core: int | None = None, timeout: float = 60.0
) -> Iterator[str]:
    """Serve a contract by a peer until the block ends; installs it first and yields its base URL once it answers.

    name: one of PEERS. options: more of its command line options. core: the one core that it may use.
    timeout: seconds. Raises BenchError, with the end of the peer's output, if it does not start.
    """
    install_peers()
    port = free_port()
    command = [*peer_command(name, contract, port), *options]
    with running_server(name, command, port, core=core, timeout=timeout) as server:
        yield server.url


def _npm_ci() -> None:
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise BenchError("the peers need Node.js and npm", hint="install Node.js 20 or newer, then run this again")
    command = [npm, "ci", "--no-audit", "--no-fund", "--no-progress"]
    result = subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, check=False)  # noqa: S603
    if result.returncode != 0:
        raise BenchError(
            f"npm ci failed in {FOLDER}:\n{result.stderr[-2000:]}", hint="is the package registry in reach?"
        )
