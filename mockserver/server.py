"""The mock on a socket: bound by ourselves, announced when it answers, stopped without losing a request."""

from __future__ import annotations

import contextlib
import gc
import json
import os
import signal
import socket
import threading
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

import uvicorn

from mockserver.connection.limits import Limits
from mockserver.connection.protocol import WireProtocol
from mockserver.connection.watch import Watch
from mockserver.errors import BindError, MockError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from mockserver.sending import App

_GRACE = 2
"""Seconds that a running request has when the server is asked to stop."""

_BACKLOG = 1024


def serve(
    app: App,
    *,
    host: str = "127.0.0.1",
    port: int = 4010,
    ready_file: Path | None = None,
    on_ready: Callable[[str], None] | None = None,
    limits: Limits | None = None,
) -> None:
    """Serve until SIGINT or SIGTERM.

    port: 0 takes a free one. on_ready: called with the base URL once requests are answered.
    ready_file: gets {"url", "port", "pid"} as JSON at that moment, and is removed at the end.
    limits: those of the wire, time and connections; give the app the same.
    Raises BindError if the address cannot be had, MockError if the ready file cannot be written.
    """
    listener = bind(host, port)
    url = base_url(listener)

    def announce() -> None:
        _spare_collector()
        if ready_file is not None:
            _write_ready_file(ready_file, url, listener)
        if on_ready is not None:
            on_ready(url)

    try:
        with _stopping_on_sigterm(), contextlib.suppress(KeyboardInterrupt):
            _Server(_config(app, limits), announce).run(sockets=[listener])
    finally:
        listener.close()
        if ready_file is not None:
            ready_file.unlink(missing_ok=True)


@contextlib.contextmanager
def running(app: App, *, host: str = "127.0.0.1", limits: Limits | None = None) -> Iterator[str]:
    """Serve on a free port from a thread of this process; yields the base URL."""
    listener = bind(host, 0)
    started = threading.Event()
    server = _Server(_config(app, limits), started.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="mockserver", daemon=True)
    thread.start()
    try:
        if not started.wait(timeout=30):
            raise MockError("the server did not start within 30 seconds", hint="its log tells why")
        yield base_url(listener)
    finally:
        server.should_exit = True
        thread.join(timeout=_GRACE + 5)
        listener.close()


def bind(host: str, port: int) -> socket.socket:
    """A listening socket; raises BindError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(_BACKLOG)
    except (OSError, OverflowError) as error:
        listener.close()
        raise BindError(
            f"cannot listen on {host} port {port}: {_why(error)}",
            hint="give another port, or port 0 for any free one; or stop the program that holds this one",
        ) from error
    return listener


def base_url(listener: socket.socket) -> str:
    """The base URL of a listening socket, without a trailing slash."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class _Server(uvicorn.Server):
    """uvicorn, which tells nobody when it is ready; this one does."""

    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce
        self._failure: Exception | None = None

    def run(self, sockets: list[socket.socket] | None = None) -> None:
        """Run until stopped; raises what the announcement raised."""
        super().run(sockets=sockets)
        if self._failure is not None:
            raise self._failure

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start as uvicorn does, then say so."""
        await super().startup(sockets=sockets)
        if not self.started:
            return
        try:
            self._announce()
        except Exception as error:  # noqa: BLE001  (raised again by `run`)
            # An exception that leaves from here would end the loop under uvicorn's own tasks, which then never end.
            self._failure = error
            self.should_exit = True


def _config(app: App, limits: Limits | None) -> uvicorn.Config:
    # uvicorn calls what it takes for a class; a watch belongs to one server, and so cannot be part of one.
    protocol: Any = partial(WireProtocol, watch=Watch(limits or Limits()))
    return uvicorn.Config(
        app,
        http=protocol,
        log_config=None,
        access_log=False,
        server_header=False,
        # Who asks, and how, is what the connection says: a header field of the client's changes neither.
        proxy_headers=False,
        lifespan="on",
        ws="websockets-sansio",
        timeout_graceful_shutdown=_GRACE,
    )


def _spare_collector() -> None:
    """Let the collector look at what comes and goes, and not at the compiled contract again and again.

    For a process that does nothing else: what exists now is there to stay, and a request leaves next to no cycles.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


def _why(error: Exception) -> str:
    return os.strerror(error.errno) if isinstance(error, OSError) and error.errno else str(error)


def _write_ready_file(path: Path, url: str, listener: socket.socket) -> None:
    ready = {"url": url, "port": listener.getsockname()[1], "pid": os.getpid()}
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        draft.write_text(json.dumps(ready) + "\n", encoding="utf-8")
        # A reader sees the whole file or none.
        draft.replace(path)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise MockError(
            f"the ready file {path} cannot be written: {_why(error)}", hint="choose a folder that exists"
        ) from error


@contextlib.contextmanager
def _stopping_on_sigterm() -> Iterator[None]:
    """Make SIGTERM an orderly end: uvicorn raises it again after its stop, which would kill us before clean-up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt
