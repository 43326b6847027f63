"""A vendor that shares nothing with us is found conformant; each mistake that it can make is found, and named."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import httpx
import pytest

from conformance.ledger import Ledger
from conformance.run.runner import Plan, run
from conformance.run.selection import select_operations, select_requirements
from conformance.target import Target, with_auth
from conformance.verdict.outcome import EXIT_CODES
from mockproof.cli import main
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.packaged import contract_path
from spec.requirements import load_requirements

VENDOR = Path(__file__).parents[2] / "examples" / "vendor"
OWNER, OTHER = "snapkeep-owner", "snapkeep-other"
OWNS = {"authorization": f"Bearer {OWNER}"}


@dataclass(frozen=True)
class Blame:
    """What the kit must say of a mistake: the requirement that is broken, and every operation that may be named.

    operations: empty for a mistake that shows everywhere. phases: of the fuzzer, where no scenario sees it; then only
    these operations are judged.
    """

    requirement: str
    operations: frozenset[str] = frozenset()
    profile: str = "documented"
    phases: tuple[str, ...] = ()


def blamed(requirement: str, *operations: str) -> Blame:
    return Blame(requirement, frozenset(operations))


CAUGHT = {
    "newest-first": blamed("page-order", "listBackupInstances"),
    "page-of-25": blamed("page-default-size", "listExports"),
    "overlapping-pages": blamed("page-links", "listBackups"),
    "last-page-rounded-down": blamed(
        "page-links", "listBackupInstances", "listBackups", "listEndpoints", "listRecords", "listExports"
    ),
    "export-of-anyone": blamed("only-permitted", "getExport"),
    "anyone-may-back-up": blamed("only-permitted-changes", "createBackup"),
    "open-endpoints": blamed("listEndpoints/authentication", "listEndpoints"),
    "any-token-goes": blamed("listServiceInstanceBackups/authentication", "listServiceInstanceBackups"),
    "update-not-committed": blamed("update-persists", "updateBackupInstance", "getBackupInstance"),
    "stale-cache": blamed("update-persists", "updateBackupInstance", "getBackupInstance"),
    "wrong-new-id": blamed("create-is-read-back", "createBackupInstance", "listBackupInstances"),
    "date-unchecked": blamed("export-date", "createExport"),
    "one-type-only": blamed("export-comma-lists", "createExport"),
    "oldest-exported": blamed("export-most-recent", "createExport"),
    "url-not-renewed": blamed("reauthorized-url", "reauthorizeExport"),
    "limit-plus-one": blamed("limit-respected", "listServiceInstanceBackups"),
    "all-databases": blamed("lists-all-of-instance", "listInstanceBackups"),
    "active-crash": blamed("active-if-one-exists", "getActiveBackup"),
    "text-html": blamed("getExport/media-type", "getExport"),
    "iso-times": blamed("listServiceInstanceBackups/schema", "listServiceInstanceBackups"),
    "soft-404": Blame("only-permitted"),
    "filter-ignored": blamed("definition-filter", "listBackupInstances"),
    "links-forget-filter": blamed(
        "page-links", "listBackupInstances", "listBackups", "listEndpoints", "listRecords", "listExports"
    ),
    "blob-of-anyone": blamed("only-permitted", "getRecordBlob"),
    "update-hits-all": blamed("update-of-one", "updateBackupInstance"),
    "frequency-lost": blamed("create-is-read-back", "createBackupInstance"),
    "active-is-last": blamed("active-if-one-exists", "getActiveBackup"),
    "quote-crash": blamed("listBackupInstances/no-server-error", "listBackupInstances"),
    "wrong-parent": blamed("own-parent-only", "getBackup"),
    "truncated-blob": Blame("getRecordBlob/content-bytes", profile="full"),
    "zoneless-times": Blame("getBackup/schema", profile="full"),
    "no-total": Blame("listRecords/headers", profile="full"),
    "frequency-unchecked": Blame(
        "createBackupInstance/body", frozenset({"createBackupInstance"}), "full", ("examples", "coverage")
    ),
    "html-errors": Blame("getExport/media-type", profile="full"),
    "fields-left-out": Blame(
        "createBackup/schema", frozenset({"listBackups", "createBackup", "getActiveBackup", "getBackup"}), "full"
    ),
}


@contextmanager
def serving(folder: Path, fault: str | None) -> Iterator[str]:
    ready = folder / "ready"
    options = ["--port", "0", "--ready-file", str(ready), "--export-seconds", "0"]
    command = [sys.executable, "-m", "snapkeep", *options, *(["--fault", fault] if fault else [])]
    with (folder / "words").open("w+") as words, subprocess.Popen(command, cwd=VENDOR, stderr=words) as server:
        try:
            until = time.monotonic() + 30
            while not (ready.exists() and ready.read_text()):
                assert server.poll() is None, (folder / "words").read_text()
                assert time.monotonic() < until, "the vendor's server does not start"
                time.sleep(0.02)
            yield ready.read_text()
        finally:
            server.terminate()


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The vendor without a mistake."""
    with serving(tmp_path_factory.mktemp("vendor"), None) as url:
        yield url


@cache
def contract_of(profile: str) -> Contract:
    return load_contract(contract_path(profile))


def verified(url: str, blame: Blame) -> tuple[int, dict[str, set[str]]]:
    """Exit code, and the operations that are named by each requirement that failed."""
    contract = contract_of(blame.profile)
    operations = select_operations(contract, tuple(blame.operations) if blame.phases else (), ())
    target = with_auth(Target(url), (OWNER,), (OTHER,), {})
    plan = Plan(
        contract=contract,
        model=contract_of("full"),
        profile=blame.profile,
        target=target,
        operations=operations,
        requirements=select_requirements(load_requirements(contract, blame.profile), operations),
        seed=1,
        max_examples=2,
        max_time=100,
        phases=blame.phases,
    )
    ledger = Ledger(target.secrets)
    code = EXIT_CODES[run(plan, ledger, lambda _: None)]
    failed = [line for line in ledger.of("verdict") if line["verdict"] == "fail"]
    return code, {line["id"]: {failure["operation"] for failure in line["failures"]} for line in failed}


def commands() -> list[str]:
    text = (VENDOR / "README.md").read_text(encoding="utf-8")
    return re.findall(r"^```sh\n(.*?)\n```$", text, flags=re.DOTALL | re.MULTILINE)


def test_the_vendor_is_conformant_as_its_readme_verifies_it(vendor: str) -> None:
    serve, verify = (shlex.split(command) for command in commands())
    assert serve[:3] == ["python", "-m", "snapkeep"]
    assert verify[2] == f"http://127.0.0.1:{serve[serve.index('--port') + 1]}"
    assert main([verify[1], vendor, *verify[3:], "--max-examples", "2"]) == 0


def test_the_vendor_keeps_every_promise_of_the_full_form_that_a_scenario_looks_for(vendor: str) -> None:
    _, failed = verified(vendor, Blame("", profile="full"))
    assert failed == {}


@pytest.mark.parametrize("fault", CAUGHT)
def test_a_mistake_fails_the_requirement_that_it_breaks(fault: str, tmp_path: Path) -> None:
    blame = CAUGHT[fault]
    with serving(tmp_path, fault) as url:
        code, failed = verified(url, blame)
    assert code == 1
    assert blame.requirement in failed
    if blame.operations:
        assert set().union(*failed.values()) <= blame.operations


def test_the_vendor_shares_no_code_with_us() -> None:
    imported = {name for file in (VENDOR / "snapkeep").rglob("*.py") for name in imports_of(file)}
    assert imported - sys.stdlib_module_names == {"flask", "snapkeep", "werkzeug"}


def imports_of(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield (node.module or "").partition(".")[0]


def completed_export(url: str) -> str:
    first = httpx.get(f"{url}/v1/backup_instances", headers=OWNS).json()[0]["id"]
    exports = f"{url}/v1/backup_instances/{first}/exports"
    done = [export for export in httpx.get(exports, headers=OWNS).json() if export["status"] == "completed"]
    return f"{exports}/{done[0]['id']}"


def test_only_the_renewed_url_of_an_export_leads_to_its_archive(vendor: str) -> None:
    export = completed_export(vendor)
    old = httpx.get(export, headers=OWNS).json()["exported_data_url"]
    new = httpx.post(f"{export}/reauth", headers=OWNS).json()["exported_data_url"]
    assert httpx.get(old).status_code == 404
    assert httpx.get(new).content.startswith(b"PK")


def test_a_token_that_may_only_read_changes_nothing(vendor: str) -> None:
    export = completed_export(vendor)
    reads = {"authorization": "Bearer snapkeep-reader"}
    assert httpx.get(export, headers=reads).status_code == 200
    assert httpx.post(f"{export}/reauth", headers=reads).status_code == 403
