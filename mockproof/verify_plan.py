"""From the options of `verify` to a plan: declaration, contract, accommodations, selection."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

import click

from conformance.declaring.accommodation import accommodate, read_accommodations
from conformance.declaring.declaration import Declaration, read_declaration
from conformance.errors import DeclarationError
from conformance.exchange.trust import ca_from
from conformance.manners.manners import DISPOSABLE
from conformance.run.plan import DEFAULT_TIERS, TIERS, Limits, Plan
from conformance.run.selection import read_shard, select_operations, select_requirements, select_shard
from conformance.target import Target, checked_url, with_auth
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.packaged import contract_path
from spec.requirements import Requirement, load_requirements

OWN = "given"
"""Profile name of a contract that the user gives."""
REPRODUCING = 20.0
"""Seconds that running reproducers of what failed may take."""
DECLARATION = Path("mockproof.toml")
"""The declaration that is read when none is named, if it is there."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the user said, as plain values, so that a resumed run can be given the same.

    profile: None where the declaration may choose.
    """

    url: str | None = None
    profile: str | None = None
    contract: str | None = None
    declaration: str | None = None
    auth: tuple[str, ...] = ()
    second_auth: tuple[str, ...] = ()
    seed: int = 1
    max_examples: int = 25
    max_time: int | None = None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    tiers: tuple[str, ...] = DEFAULT_TIERS
    shard: str | None = None
    disposable: bool = False

    def to_json(self) -> dict[str, Any]:
        """The options without any secret: a credential is kept only if it names an environment variable."""
        kept = {
            name: [text for text in getattr(self, name) if _names_a_variable(text)] for name in ("auth", "second_auth")
        }
        return {**asdict(self), **kept}


def _names_a_variable(text: str) -> bool:
    return text.startswith("env:") or text.partition("=")[2].startswith("env:")


def options_from(raw: Mapping[str, Any]) -> Options:
    """The options that `Options.to_json` wrote."""
    known = {one.name for one in fields(Options)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items() if name in known
    }
    return Options(**values)


def declared(options: Options) -> Declaration:
    """The declaration behind the options: a file, or what the command line alone says."""
    path = Path(options.declaration) if options.declaration else DECLARATION if _is_wanted(options) else None
    if path is not None:
        found = read_declaration(path, os.environ, checked_url(options.url) if options.url else None)
    elif options.url:
        found = Declaration(Target(checked_url(options.url)))
    else:
        raise click.UsageError(f"give the URL of the target, or a --declaration that has one ({DECLARATION} is read)")
    manners = replace(DISPOSABLE, prefix=found.manners.prefix) if options.disposable else found.manners
    target = with_auth(found.target, options.auth, options.second_auth, os.environ)
    target = replace(target, ca=target.ca or ca_from(os.environ))
    return replace(found, target=target, manners=manners)


def _is_wanted(options: Options) -> bool:
    """A declaration lies in the folder, and the command line does not speak of another target."""
    return options.url is None and DECLARATION.is_file()


def plan_of(options: Options, folder: Path, run: str) -> Plan:
    """The plan of a run whose folder is known; its operations are empty where a shard has none."""
    said = declared(options)
    max_time = options.max_time if options.max_time is not None else said.max_time
    _check_time(said, max_time, options.tiers)
    name = OWN if options.contract is not None else options.profile or said.profile
    plain = load_contract(Path(options.contract) if options.contract is not None else contract_path(name))
    actions = read_accommodations(said.overlay) if said.overlay is not None else ()
    contract, model = accommodate((plain, _model(plain, name)), actions)
    chosen = select_operations(contract, options.only, options.skip)
    operations = select_shard(contract, chosen, read_shard(options.shard) if options.shard else None)
    return Plan(
        contract=contract,
        model=model,
        profile=name,
        target=said.target,
        operations=operations,
        requirements=_requirements(contract, name, operations) if options.tiers != ("preflight",) else (),
        seed=options.seed,
        max_examples=options.max_examples,
        max_time=max_time,
        tiers=tuple(tier for tier in TIERS if tier in options.tiers),
        manners=said.manners,
        run=run,
        trace=folder / "created.ndjson",
        rate=said.rate,
        settle=said.settle,
        job_deadline=said.job_deadline,
        capabilities=said.capabilities,
        deviations=said.deviations,
        accommodations=actions,
        shard=options.shard,
        limits=Limits(reproducing=REPRODUCING),
    )


def _check_time(said: Declaration, max_time: int, tiers: tuple[str, ...]) -> None:
    """Raise DeclarationError where waiting for one thing could take all the time that the run has."""
    if "scenarios" in tiers and said.job_deadline is not None and said.job_deadline >= max_time:
        raise DeclarationError(
            f"a job_deadline of {said.job_deadline:g} s leaves nothing of the {max_time} s that the run may take",
            hint="raise max_time under [target], or --max-time",
        )


def _requirements(contract: Contract, profile: str, operations: tuple[str, ...]) -> tuple[Requirement, ...]:
    return select_requirements(load_requirements(contract, profile), operations)


def _model(contract: Contract, profile: str) -> Contract:
    """The contract that knows resources and examples: the documented form has fewer of both than the full one."""
    return load_contract(contract_path("full")) if profile == "documented" else contract
