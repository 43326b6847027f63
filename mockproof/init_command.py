"""`mockproof init`: writes a declaration to start from, and on request looks at a target first."""

from __future__ import annotations

import os
from pathlib import Path

import click

from conformance.declaring.observing import observe, overlay_text
from conformance.declaring.outline import Seen, outline
from conformance.errors import DeclarationError
from conformance.exchange.client import Client
from conformance.exchange.transport import Stopwatch, plain_http
from conformance.exchange.trust import ca_from
from conformance.ledger import Ledger
from conformance.manners.etiquette import Etiquette
from conformance.manners.manners import Extent, Manners
from conformance.run.preflight import look_ahead
from conformance.secret import printable
from conformance.target import Target, checked_url, with_auth
from conformance.verdict.examiner import Examiner
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.requirements import load_requirements

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_READ_ONLY = Manners(Extent.NOTHING, Extent.NOTHING, Extent.NOTHING)


@click.command()
@click.option("--contract", "contract_file", type=_FILE, help="An OpenAPI 3.0 document; by default the packaged one.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default="mockproof.toml",
    show_default=True,
    help="The file to write; never overwritten.",
)
@click.option("--observe", "url", metavar="URL", help="Look at a target, with reads only, and propose what it shows.")
@click.option("--auth", multiple=True, metavar="[SCHEME=]VALUE", help="Credential for --observe, as for verify.")
def init(contract_file: Path | None, output: Path, url: str | None, auth: tuple[str, ...]) -> int:
    """Write a declaration of a target to start from.

    It is made from the contract, and with --observe from what a target answers to reads.
    """
    contract = load_contract(contract_file)
    requirements = load_requirements(contract, "given" if contract_file is not None else "full")
    overlay = output.with_name(f"{output.stem}-overlay.yaml")
    for path in (output, *([overlay] if url else [])):
        if path.exists():
            raise DeclarationError(f"{path} is there already", hint="give another --output, or remove it")
    seen, text = None, ""
    if url is not None:
        target = with_auth(Target(checked_url(url), ca=ca_from(os.environ)), auth, (), os.environ)
        seen, text = _observed(contract, target, frozenset(one.capability for one in requirements), overlay.name)
    _write(output, outline(contract, requirements, seen))
    if seen is not None and seen.overlay is not None:
        _write(overlay, text)
    click.echo(f"Next: fill in {output}, then run 'mockproof verify' here.")
    return 0


def _observed(contract: Contract, target: Target, capabilities: frozenset[str], overlay: str) -> tuple[Seen, str]:
    with plain_http(watch=(watch := Stopwatch()), ca=target.ca) as http:
        ledger = Ledger(target.secrets)
        etiquette = Etiquette(contract, _READ_ONLY)
        client = Client(contract, target, ledger, http, Examiner(contract), etiquette=etiquette, watch=watch)
        found = look_ahead(client, contract.operations)
        if found.obstacle is not None:
            raise DeclarationError(printable(found.obstacle), hint="nothing was written")
        for note in found.notes:
            click.echo(printable(f"note: {note}"), err=True)
        sight = observe(client, capabilities, overlay)
    return sight.seen, overlay_text(contract, sight.proposals)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise DeclarationError(f"cannot write {path}: {error.strerror}", hint="give another --output") from error
    click.echo(f"wrote {path}")
