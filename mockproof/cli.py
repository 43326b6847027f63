"""The command `mockproof`: finds the subcommand, and turns every known failure into one message and an exit code.

Subcommands are named here and imported when they run: `--help` answers at once, and `serve` never
pays for the kit. What a subcommand does stands in its own module, `mockproof/*_command.py`.
"""

from __future__ import annotations

import os
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from types import MappingProxyType
from typing import Final, cast

import click

from mockproof.output import (
    EXIT_BROKEN_PIPE,
    EXIT_CRASH,
    EXIT_INTERRUPTED,
    EXIT_USAGE,
    colour_choice,
    drop_stdout,
    report_error,
)
from spec.errors import MockproofError


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a subcommand lives (`module:object`) and what `--help` says of it."""

    place: str
    summary: str

    def load(self) -> click.Command:
        """Import the subcommand."""
        module, _, name = self.place.partition(":")
        return cast("click.Command", getattr(import_module(module), name))


COMMANDS: Final[Mapping[str, Entry]] = MappingProxyType(
    {
        "serve": Entry("mockproof.serve_command:serve", "Serve a contract as a stateful mock."),
        "routes": Entry("mockproof.routes_command:routes", "Print what the mock makes of every operation, and why."),
        "verify": Entry(
            "mockproof.verify_command:verify", "Judge the implementation at URL, one verdict for each requirement."
        ),
        "init": Entry("mockproof.init_command:init", "Write a declaration of a target to start from."),
        "clean": Entry("mockproof.clean_command:clean", "Delete what a run created and had no time to delete."),
        "report": Entry("mockproof.report_command:report", "Make a report from the ledger of a run, or of several."),
        "diff": Entry("mockproof.diff_command:diff", "Compare two runs, requirement by requirement."),
        "explain": Entry("mockproof.explain_command:explain", "Tell what a requirement says and how it is checked."),
        "mutants": Entry("mockproof.mutants_command:mutants", "List the misbehaviours that the mock can show."),
        "contract": Entry("mockproof.contract_command:contract", "Build, check and explain the canonical contract."),
    }
)


class LazyGroup(click.Group):
    """A group that knows its subcommands by name and imports only the one that is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # click hands in the context
        """Names in the order in which a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002  # as above
        """The subcommand, or None for an unknown name."""
        entry = COMMANDS.get(cmd_name)
        return entry.load() if entry else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002  # as above
        """List the subcommands without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.summary) for name, entry in COMMANDS.items()])


def _print_version(ctx: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if not wanted or ctx.resilient_parsing:
        return
    # Loading the contract takes longer than anything else that `--help` needs.
    from mockproof.version import describe_version

    click.echo(describe_version())
    ctx.exit()


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_version,
    help="Print the versions of mockproof and of its contract.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """One contract for many backup APIs: a mock that serves it, a kit that verifies implementations of it."""
    ctx.color = colour_choice(os.environ)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line, by default with the arguments of this process; returns the exit code."""
    return run(cli, arguments)


def run(command: click.Command, arguments: Sequence[str] | None = None) -> int:
    """Run one command and turn how it ended into an exit code.

    Errors that we foresee and those of usage end in one message on stderr and code 2; Ctrl-C in 130.
    Anything else is a bug in mockproof: it keeps its traceback and ends in 4, which no verdict has.
    """
    words = None if arguments is None else list(arguments)
    try:
        result = command.main(words, prog_name="mockproof", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        return EXIT_USAGE
    except MockproofError as error:
        report_error(str(error))
        return EXIT_USAGE
    except (click.Abort, KeyboardInterrupt):
        report_error("interrupted")
        return EXIT_INTERRUPTED
    except (BrokenPipeError, SystemExit):
        # click turns a closed pipe, and nothing else, into an exit of its own with 1, which is a verdict of ours.
        drop_stdout()
        return EXIT_BROKEN_PIPE
    except Exception:  # noqa: BLE001  the interpreter would end in 1, which says that a target is wrong
        traceback.print_exc()
        report_error("this is a bug in mockproof; please tell us what is above")
        return EXIT_CRASH
    return result if isinstance(result, int) else 0
