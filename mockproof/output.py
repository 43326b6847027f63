"""What every command says in the same way: colour, errors, and a reader who has gone away."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

import click

EXIT_USAGE = 2
"""The user asked for something that cannot be done: bad option, bad file, port taken."""
EXIT_CRASH = 4
"""We failed, and say nothing about anything."""
EXIT_BROKEN_PIPE = 141
"""As shells have it: 128 plus the number of SIGPIPE."""
EXIT_INTERRUPTED = 130
"""As shells have it: 128 plus the number of SIGINT."""


def colour_choice(environ: Mapping[str, str]) -> bool | None:
    """False where `NO_COLOR` holds anything; otherwise None: colour if and only if it goes to a terminal."""
    return False if environ.get("NO_COLOR") else None


def report_error(message: str) -> None:
    """Print one error for a person on stderr."""
    head, _, rest = message.partition("\n")
    prefix = click.style("Error:", fg="red", bold=True)
    click.echo(f"{prefix} {head}" + (f"\n{rest}" if rest else ""), err=True, color=colour_choice(os.environ))


def drop_stdout() -> None:
    """Point stdout at nothing, so that the interpreter's last flush does not complain about a closed pipe."""
    with Path(os.devnull).open("w", encoding="utf-8") as nothing:
        os.dup2(nothing.fileno(), sys.stdout.fileno())
