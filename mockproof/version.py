"""Which mockproof this is, and which contract it carries."""

from __future__ import annotations

from importlib import metadata

from spec.contract_reader import load_contract


def package_version() -> str:
    """Version of the installed distribution; "uninstalled" when run from a bare checkout."""
    try:
        return metadata.version("mockproof")
    except metadata.PackageNotFoundError:
        return "uninstalled"


def describe_version() -> str:
    """One line with both versions, such as `mockproof 1.2.3 (contract: Title 4.5.6)`."""
    contract = load_contract()
    return f"mockproof {package_version()} (contract: {contract.title} {contract.version})"
