"""`mockproof serve`: put a contract and its fixtures on a socket."""

from __future__ import annotations

import secrets
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockproof.banner import Banner
from mockproof.output import report_error
from mockproof.request_log import JsonLog, TextLog
from mockproof.sample import pick_samples
from mockserver.admin.gate import AdminGate, is_loopback
from mockserver.errors import BindError
from mockserver.extension import load_extensions
from mockserver.mock import Sources
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.errors import MockproofError
from spec.fixtures import Fixtures, bare_fixtures, load_fixtures

if TYPE_CHECKING:
    from mockserver.mock import Mock
    from mockserver.state.carrying import Misfit

_FILE = click.Path(path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("contract", type=_FILE, required=False)
@click.option("--fixtures", "folder", type=_FOLDER, help="Folder with the world to start from.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=4010, show_default=True, help="0 takes a free port.")
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines reach.")
@click.option("--ready-file", type=_FILE, help="Written as JSON once requests are answered, removed at the end.")
@click.option("--strict", "strictness", flag_value="strict", help="Refuse whatever the contract does not declare.")
@click.option("--lenient", "strictness", flag_value="lenient", help="Ignore it, also where a schema closes itself.")
@click.option("--handlers", type=_FILE, multiple=True, help="Python file with answers of your own; may be repeated.")
@click.option("--mutant", "mutants", multiple=True, metavar="ID", help="Misbehave in one known way; may be repeated.")
@click.option("--rate", type=click.FloatRange(0, 1_000_000), default=1.0, help="How fast time passes; 0 freezes it.")
@click.option(
    "--admin-token",
    envvar="MOCKPROOF_ADMIN_TOKEN",
    help="What the admin interface asks for.",
)
@click.option("--workspaces", type=click.IntRange(1), default=1000, show_default=True, help="How many there may be.")
@click.option("--watch/--no-watch", default=True, help="Reload when files change (default: yes).")
@click.option(
    "--log",
    type=click.Choice(["auto", "text", "json", "none"]),
    default="auto",
    help="A line for each request on stderr; auto: text where that is a terminal.",
)
@click.option("--json", "as_json", is_flag=True, help="Announce as one JSON line instead of text.")
def serve(
    contract: Path | None,
    folder: Path | None,
    host: str,
    port: int,
    allow_remote: bool,
    ready_file: Path | None,
    strictness: str | None,
    admin_token: str | None,
    handlers: tuple[Path, ...],
    mutants: tuple[str, ...],
    rate: float,
    workspaces: int,
    watch: bool,
    log: str,
    as_json: bool,
) -> None:
    """Serve a contract as a stateful mock.

    CONTRACT is an OpenAPI 3.0 file; without one, the packaged contract is served with the packaged
    fixtures. A contract of your own starts with an empty world unless --fixtures names one.
    """
    _refuse_remote(host, allow_remote)
    read = partial(read_sources, contract, folder, handlers)
    sources = read()
    # connexion and uvicorn take most of the start; a usage error should not wait for them.
    from mockserver.app import create_app
    from mockserver.judgement.strictness import Strictness
    from mockserver.server import serve as serve_app
    from mockserver.state.clock import Clock
    from mockserver.state.registry import Bounds

    samples = pick_samples(sources.contract, sources.fixtures)

    def announce(base_url: str) -> None:
        banner = Banner(base_url, sources.contract, samples)
        click.echo(banner.as_json() if as_json else banner.as_text())

    files = tuple(path for path in (contract, folder, *handlers) if path is not None)
    app = create_app(
        sources.contract,
        sources.fixtures,
        clock=Clock(sources.fixtures.now, rate),
        strictness=Strictness(strictness or "normal"),
        gate=make_gate(host, admin_token),
        mutants=mutants,
        extensions=sources.extensions,
        bounds=Bounds(number=workspaces),
        observe=choose_log(log),
        read=read,
        watch=partial(watch_files, files) if watch and files else None,
    )
    try:
        serve_app(app, host=host, port=port, ready_file=ready_file, on_ready=announce)
    except BindError as error:
        raise BindError(error.message, hint="choose another with --port, or any free one with --port 0") from error


def read_sources(contract: Path | None, folder: Path | None, handlers: tuple[Path, ...]) -> Sources:
    """Contract, world and handlers as they stand in their files; raises MockproofError."""
    loaded = load_contract(contract)
    extensions = tuple(extension for path in handlers for extension in load_extensions(path))
    return Sources(loaded, choose_fixtures(loaded, contract, folder), extensions)


def make_gate(host: str, token: str | None) -> AdminGate:
    """Who may use the admin interface; raises UsageError, with a fresh token, where others could and none is set."""
    if token is None and not is_loopback(host):
        raise click.UsageError(
            f"--host {host} lets other machines use the admin interface, too, so it needs a token. "
            f"Here is a fresh one: --admin-token {secrets.token_urlsafe(18)}"
        )
    return AdminGate(host, token)


async def watch_files(paths: tuple[Path, ...], mock: Mock) -> None:
    """Reload the mock when a file changes, and say on stderr what came of it."""
    # Loaded with the server, of which it is a part.
    from mockserver.watching import watch

    await watch(mock, paths, tell_reload)


def tell_reload(outcome: tuple[Misfit, ...] | MockproofError) -> None:
    """One line for a reload, and one for every item that it could not keep."""
    if isinstance(outcome, MockproofError):
        report_error(f"not reloaded, the former contract is still served: {outcome}")
        return
    click.echo("Reloaded; state kept" + (f", but for {len(outcome)} that no longer fit:" if outcome else ""), err=True)
    for misfit in outcome:
        click.echo(f"  {misfit}", err=True)


def choose_log(choice: str) -> TextLog | JsonLog | None:
    """What writes a line for each request, if anything does."""
    write = partial(click.echo, err=True)
    if choice == "json":
        return JsonLog(write)
    if choice == "text" or (choice == "auto" and sys.stderr.isatty()):
        return TextLog(write)
    return None


def choose_fixtures(loaded: Contract, contract: Path | None, folder: Path | None) -> Fixtures:
    """The world of a folder; else the packaged one for the packaged contract, an empty one for any other."""
    if folder is None and contract is not None:
        return bare_fixtures(loaded)
    return load_fixtures(loaded, folder)


def _refuse_remote(host: str, allowed: bool) -> None:
    if allowed or is_loopback(host):
        return
    raise click.UsageError(
        f"--host {host} can be reached from other machines, and the mock's tokens are no secret: "
        "they stand in its fixtures. Add --allow-remote if that is what you want."
    )
