"""`mockproof serve`: put a contract and its fixtures on a socket."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import click

from mockproof.banner import Banner
from mockproof.sample import pick_samples
from mockserver.errors import BindError
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, bare_fixtures, load_fixtures

_FILE = click.Path(path_type=Path)
_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.argument("contract", type=_FILE, required=False)
@click.option("--fixtures", "folder", type=_FOLDER, help="Folder with the world to start from.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", type=click.IntRange(0, 65535), default=4010, show_default=True, help="0 takes a free port.")
@click.option("--allow-remote", is_flag=True, help="Let --host be an address that other machines reach.")
@click.option("--ready-file", type=_FILE, help="Written as JSON once requests are answered, removed at the end.")
@click.option("--strict", is_flag=True, help="Refuse query parameters that the contract does not declare.")
@click.option("--json", "as_json", is_flag=True, help="Announce as one JSON line instead of text.")
def serve(
    contract: Path | None,
    folder: Path | None,
    host: str,
    port: int,
    allow_remote: bool,
    ready_file: Path | None,
    strict: bool,
    as_json: bool,
) -> None:
    """Serve a contract as a stateful mock.

    CONTRACT is an OpenAPI 3.0 file; without one, the packaged contract is served with the packaged
    fixtures. A contract of your own starts with an empty world unless --fixtures names one.
    """
    _refuse_remote(host, allow_remote)
    loaded = load_contract(contract)
    fixtures = choose_fixtures(loaded, contract, folder)
    # connexion and uvicorn take most of the start; a usage error should not wait for them.
    from mockserver.app import create_app
    from mockserver.clock import WorldClock
    from mockserver.server import serve as serve_app

    samples = pick_samples(loaded, fixtures)

    def announce(base_url: str) -> None:
        banner = Banner(base_url, loaded, samples)
        click.echo(banner.as_json() if as_json else banner.as_text())

    # Time goes on from the moment that the fixtures tell, so that links which expire have not done so long ago.
    app = create_app(loaded, fixtures, clock=WorldClock(fixtures.now), strict=strict)
    try:
        serve_app(app, host=host, port=port, ready_file=ready_file, on_ready=announce)
    except BindError as error:
        raise BindError(error.message, hint="choose another with --port, or any free one with --port 0") from error


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


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address; a name other than `localhost` counts as remote."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
