"""`python -m snapkeep`: serve until told to stop."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from pathlib import Path
from types import FrameType
from typing import NoReturn

from werkzeug.serving import WSGIRequestHandler, make_server

from snapkeep.app import EXPORT_SECONDS, create_app
from snapkeep.faults import ALL


class QuietHandler(WSGIRequestHandler):
    """Serves without a line for each request."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> None:
    """Read the command line, serve, and leave nothing behind."""
    parser = argparse.ArgumentParser(prog="snapkeep", description="An imaginary backup vendor's server.")
    parser.add_argument("--port", type=int, default=8070, help="0 takes a free one")
    parser.add_argument("--database", type=Path, help="a file to keep; by default one that goes away")
    parser.add_argument("--ready-file", type=Path, help="gets the URL once the server answers")
    parser.add_argument("--fault", choices=sorted(ALL), help="a mistake to make")
    parser.add_argument("--export-seconds", type=float, default=EXPORT_SECONDS, help="how long an export takes")
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, _stop)
    with tempfile.TemporaryDirectory(prefix="snapkeep-") as folder:
        app = create_app(given.database or Path(folder) / "snapkeep.db", given.fault, given.export_seconds)
        server = make_server("127.0.0.1", given.port, app, threaded=True, request_handler=QuietHandler)
        url = f"http://127.0.0.1:{server.port}"
        print(f"snapkeep serves at {url}", file=sys.stderr)  # noqa: T201  a command prints
        if given.ready_file:
            given.ready_file.write_text(url, encoding="utf-8")
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            server.server_close()


def _stop(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
