"""Answers written by hand, in place of the built-in ones or around them.

    from mockserver.extension import Extension
    from mockserver.exchange import Reply

    mock = Extension()

    @mock.operation("createExport")
    def create_export(context, answer):
        return Reply(202, {"id": 7})

`answer(context)` is what the mock would have answered. The mock's own admin interface is made of the same object.
"""

from __future__ import annotations

import runpy
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mockserver.errors import ExtensionError
from mockserver.exchange import Around, Context, Handler, Reply

if TYPE_CHECKING:
    from spec.contract import Contract


class Extension:
    """Functions that answer operations, by operationId."""

    def __init__(self) -> None:
        self._arounds: dict[str, Around] = {}

    def operation(self, operation_id: str) -> Callable[[Around], Around]:
        """Register the decorated function `(context, answer) -> Reply` for an operation; it may raise Refusal.

        Raises ExtensionError if the operation has a function already.
        """
        if operation_id in self._arounds:
            raise ExtensionError(f"{operation_id} is answered twice", hint="keep one function for each operation")

        def register(function: Around) -> Around:
            self._arounds[operation_id] = function
            return function

        return register

    @property
    def arounds(self) -> Mapping[str, Around]:
        """The functions by operationId."""
        return self._arounds


def wrap(handler: Handler, operation_id: str, extensions: Iterable[Extension]) -> Handler:
    """The handler with every extension's function around it, the last extension outermost."""
    for extension in extensions:
        around = extension.arounds.get(operation_id)
        if around is not None:
            handler = partial(_call, around, handler, operation_id)
    return handler


def check_extensions(extensions: Iterable[Extension], contract: Contract) -> None:
    """Raise ExtensionError for a function whose operation the contract does not have."""
    for extension in extensions:
        for name in extension.arounds:
            if name not in contract.by_id:
                known = ", ".join(sorted(contract.by_id))
                raise ExtensionError(f"the contract has no operation {name!r} to answer", hint=f"known: {known}")


def load_extensions(path: Path) -> tuple[Extension, ...]:
    """Every extension that a Python file makes at its top level; raises ExtensionError."""
    if not path.is_file():
        raise ExtensionError("there is no such file", file=str(path), hint="name a Python file with an Extension")
    try:
        names: dict[str, Any] = runpy.run_path(str(path), run_name="handlers")
    except Exception as error:
        # Whatever goes wrong in somebody's file is told with its place, and the mock does not start.
        line = _line_in(path, error)
        raise ExtensionError(
            f"the file fails: {type(error).__name__}: {error}", file=str(path), line=line, hint="run it with Python"
        ) from error
    found = tuple(dict.fromkeys(value for value in names.values() if isinstance(value, Extension)))
    if not found:
        raise ExtensionError(
            "the file makes no Extension", file=str(path), hint='start with: mock = Extension(); @mock.operation("…")'
        )
    return found


def _call(around: Around, handler: Handler, operation_id: str, context: Context) -> Reply:
    reply = around(context, handler)
    if not isinstance(reply, Reply):
        raise ExtensionError(
            f"the function for {operation_id} gave a {type(reply).__name__}", hint="return a Reply, or raise a Refusal"
        )
    return reply


def _line_in(path: Path, error: Exception) -> int | None:
    trace, line = error.__traceback__, None
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == str(path):
            line = trace.tb_lineno
        trace = trace.tb_next
    return line if line is not None else getattr(error, "lineno", None)
