"""Holds the probes with our mock and with its peers, and writes docs/probes.md: `python -m tests.probes`.

The peers are installed by the benchmark's own means, at the versions that it pins; they need Node.js and npm.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import httpx

from bench.peer import FOLDER, install_peers, peer_versions, running_peer
from bench.process import free_port, running_server
from mockserver.server import running
from tests.probes.catalogue import PROBES
from tests.probes.page import Column, render_page
from tests.probes.probe import CONTRACT_FILE
from tests.probes.served import make_probed
from tests.probes.talk import MOCKOON, OURS, PRISM, Dialect, Talk, find_base
from tests.probes.wrong_request import WRONG_REQUESTS

PAGE = Path(__file__).parents[2] / "docs" / "probes.md"


@contextmanager
def running_mockoon() -> Iterator[str]:
    """Mockoon with the contract, and with its admin interface, which the benchmark switches off."""
    port = free_port()
    command = ["node", str(FOLDER / "node_modules/@mockoon/cli/bin/run.js"), "start", "--data", str(CONTRACT_FILE)]
    command += ["--port", str(port), "--hostname", "127.0.0.1", "--disable-log-to-file"]
    with running_server("mockoon", [*command, "--admin-api-token", "probe-admin"], port) as server:
        yield server.url


def examine(name: str, url: str, dialect: Dialect) -> Column:
    """Hold every conversation with one server."""
    with httpx.Client(base_url=url, timeout=30) as client:
        talk = Talk(client, dialect, find_base(client))
        scores = {wrong.id: wrong.send(talk) for wrong in WRONG_REQUESTS}
        return Column(name, {probe.id: probe.run(talk) for probe in PROBES}, scores)


def main() -> int:
    """Examine all, write the page; the exit code is 1 if our own mock fails a probe."""
    install_peers()
    versions = peer_versions()
    servers: tuple[tuple[str, Callable[[], AbstractContextManager[str]], Dialect], ...] = (
        ("mockproof", lambda: running(make_probed()), OURS),
        (f"Prism {versions['@stoplight/prism-cli']}", lambda: running_peer("prism", CONTRACT_FILE), PRISM),
        (f"Mockoon {versions['@mockoon/cli']}, from OpenAPI", running_mockoon, MOCKOON),
    )
    columns = []
    for name, start, dialect in servers:
        with start() as url:
            columns.append(examine(name, url, dialect))
        print(f"{name}: {sum(found.passed for found in columns[-1].findings.values())} of {len(PROBES)}")  # noqa: T201
    PAGE.write_text(render_page(columns), encoding="utf-8")
    failed = [id_ for id_, found in columns[0].findings.items() if not found.passed]
    print(f"wrote {PAGE.name}" + (f"; ours fails {', '.join(failed)}" if failed else ""))  # noqa: T201
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
