"""The declaration: the TOML file in which a vendor describes a target; strict, because a typo must not be a pass.

    [target]
    url = "https://api.example.test/base"
    profile = "full"                   # form of the contract to judge against: "documented" where none is named
    ca = "our-authority.pem"           # certificates to trust, where no public authority vouches for the target
    rate = 10                          # requests a second, at most
    settle = 5                         # seconds until what was created, changed or deleted is seen to be so
    job_deadline = 60                  # seconds in which what is on its way must have arrived
    max_time = 600                     # seconds that a run may take

    [identities.owner]                 # security scheme of the contract -> credential
    librarian = "env:SHELF_TOKEN"

    [capabilities]                     # left out: all of them
    paging = true

    [ids]                              # path parameter or resource -> ids that exist
    shelf = ["17"]

    [manners]
    may_change = "created-only"        # or "anything", or false

    [accommodations]
    overlay = "our-bodies.yaml"

    [[deviations]]
    requirement = "listShelves/headers"
    owner = "Ann"
    reason = "the gateway drops it"
    expires = 2027-01-31

`docs/declaration.md` tells what each member means.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any, NoReturn

from conformance.declaring.waiver import Deviation
from conformance.errors import DeclarationError
from conformance.exchange.trust import checked_ca
from conformance.manners.manners import PREFIX, Extent, Manners
from conformance.target import IDENTITIES, Credentials, Target, checked_url, credentials_from
from spec.packaged import DOCUMENTED, PROFILES

_MEMBERS: Mapping[str, tuple[str, ...] | None] = {
    "target": ("url", "base_path", "profile", "ca", "rate", "settle", "job_deadline", "max_time"),
    "identities": IDENTITIES,
    "capabilities": None,
    "ids": None,
    "manners": ("may_create", "may_change", "may_delete", "prefix"),
    "accommodations": ("overlay",),
    "deviations": ("requirement", "owner", "reason", "expires"),
}
"""Tables of a declaration to the members that each knows; None where the contract decides."""

_MOVED = {
    "auth": "[identities.owner]",
    "second-auth": "[identities.second]",
    "overlay": "[accommodations] with overlay = …",
}
_DEFAULT_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Declaration:
    """What a vendor says of a target.

    profile: the form of the contract that it is held against. rate: requests a second, None for no limit. settle,
    max_time: seconds. job_deadline: seconds in which what is on its way must have arrived, None where the vendor does
    not say. capabilities: None declares all. overlay: path of an OpenAPI overlay that tells what the bodies look like.
    """

    target: Target
    profile: str = DOCUMENTED
    rate: float | None = None
    settle: float = 0.0
    job_deadline: float | None = None
    max_time: int = _DEFAULT_SECONDS
    capabilities: Mapping[str, bool] | None = None
    manners: Manners = field(default_factory=Manners)
    overlay: Path | None = None
    deviations: tuple[Deviation, ...] = ()


def read_declaration(path: Path, environment: Mapping[str, str], url: str | None = None) -> Declaration:
    """The declaration in a file; raises DeclarationError with the line and the member at fault.

    environment: where `env:NAME` is looked up. url: wins over the one of the file, which may then have none.
    """
    return _Reader(path, environment).declaration(url)


class _Reader:
    """Reads one file; lives for one call."""

    def __init__(self, path: Path, environment: Mapping[str, str]) -> None:
        self._path = path
        self._environment = environment
        try:
            self._text = path.read_text(encoding="utf-8")
            self._raw: dict[str, Any] = tomllib.loads(self._text)
        except OSError as error:
            raise DeclarationError(
                f"cannot read {path}: {error.strerror}",
                hint="give the path of a TOML file; 'mockproof init' writes one",
            ) from error
        except ValueError as error:
            raise DeclarationError(
                f"not TOML: {error}", file=str(path), hint="'mockproof init' writes one to start from"
            ) from error

    def declaration(self, url: str | None) -> Declaration:
        self._refuse_unknown()
        target = self._table("target")
        overlay = self._table("accommodations").get("overlay")
        return Declaration(
            target=self._target(target, url),
            profile=self._profile(target.get("profile", DOCUMENTED)),
            rate=self._number("target", target, "rate", least=0.01),
            settle=self._number("target", target, "settle", least=0.0) or 0.0,
            job_deadline=self._number("target", target, "job_deadline", least=0.0),
            max_time=int(self._number("target", target, "max_time", least=1) or _DEFAULT_SECONDS),
            capabilities=self._capabilities(),
            manners=self._manners(self._table("manners")),
            overlay=self._path.parent / str(overlay) if overlay is not None else None,
            deviations=tuple(self._deviations()),
        )

    def _target(self, raw: Mapping[str, Any], url: str | None) -> Target:
        given = url or raw.get("url")
        if not isinstance(given, str):
            self._fail("[target] has no url", "target", "url", 'add url = "https://…" under [target]')
        identities = self._table("identities")
        for identity, table in identities.items():
            if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
                self._fail(f"[identities.{identity}] holds texts only", "identities", identity, 'scheme = "env:TOKEN"')
        owner, second, reader = (
            self._credentials(identities.get(name, {}), name, word)
            for name, word in zip(IDENTITIES, ("first", "second", "read_only"), strict=True)
        )
        base = str(raw.get("base_path", ""))
        try:
            checked = checked_url(given.rstrip("/") + base)
        except DeclarationError as error:
            self._fail(error.message, "target", "url", error.hint or "")
        ids = {name: self._ids(name, value) for name, value in self._table("ids").items()}
        return Target(checked, owner, second, ids, reader, self._ca(raw.get("ca")))

    def _profile(self, value: Any) -> str:
        if value not in PROFILES:
            self._fail(f"profile of {value!r} is unknown", "target", "profile", '"documented" or "full"')
        return str(value)

    def _ca(self, value: Any) -> Path | None:
        if value is None:
            return None
        try:
            return checked_ca(self._path.parent / str(value))
        except DeclarationError as error:
            self._fail(error.message, "target", "ca", error.hint or "")

    def _credentials(self, raw: Mapping[str, str], name: str, word: str) -> Credentials:
        try:
            return credentials_from(raw, self._environment, word)
        except DeclarationError as error:
            self._fail(error.message, "identities", name, error.hint or "")

    def _ids(self, name: str, value: Any) -> tuple[str, ...]:
        values = value if isinstance(value, list) else [value]
        if not values or not all(isinstance(one, (str, int)) and not isinstance(one, bool) for one in values):
            self._fail(f"[ids] {name} holds no id", "ids", name, f'write {name} = "17", or a list of such')
        return tuple(map(str, values))

    def _capabilities(self) -> dict[str, bool] | None:
        if "capabilities" not in self._raw:
            return None
        found = self._table("capabilities")
        for name, value in found.items():
            if not isinstance(value, bool):
                self._fail(
                    f"[capabilities] {name} is neither true nor false", "capabilities", name, "write true or false"
                )
        return dict(found)

    def _manners(self, raw: Mapping[str, Any]) -> Manners:
        extents = {name: self._extent(name, value) for name, value in raw.items() if name != "prefix"}
        prefix = raw.get("prefix", PREFIX)
        if not isinstance(prefix, str) or not re.fullmatch(r"[A-Za-z0-9_.-]{3,32}", prefix):
            self._fail(
                "prefix is no name", "manners", "prefix", "use 3 to 32 letters, digits, dots, dashes and underscores"
            )
        return Manners(**extents, prefix=prefix)

    def _extent(self, name: str, value: Any) -> Extent:
        if value is False:
            return Extent.NOTHING
        if value not in (Extent.CREATED.value, Extent.ANYTHING.value):
            self._fail(f"{name} of {value!r} is unknown", "manners", name, '"created-only", "anything" or false')
        return Extent(value)

    def _deviations(self) -> list[Deviation]:
        raw = self._raw.get("deviations", [])
        if not isinstance(raw, list):
            self._fail("deviations is a list of tables", "deviations", "", "write [[deviations]]")
        return [self._deviation(one) for one in raw]

    def _deviation(self, raw: Mapping[str, Any]) -> Deviation:
        place = str(raw.get("requirement", ""))
        for name in ("requirement", "owner", "reason"):
            if not isinstance(raw.get(name), str) or not raw[name].strip():
                self._fail(f"a deviation has no {name}", "deviations", place, f'add {name} = "…"')
        expires = raw.get("expires")
        if not isinstance(expires, date) or isinstance(expires, datetime):
            self._fail(
                f"the deviation of {place} does not expire",
                "deviations",
                place,
                "add expires = 2027-01-31, without quotes",
            )
        return Deviation(raw["requirement"], raw["owner"], raw["reason"], expires)

    def _number(self, table: str, raw: Mapping[str, Any], name: str, *, least: float) -> float | None:
        value = raw.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, (int, float)) or value < least:
            self._fail(f"{name} of {value!r} is no number of at least {least:g}", table, name, f"write {name} = 10")
        return float(value)

    def _table(self, name: str) -> Mapping[str, Any]:
        found = self._raw.get(name, {})
        if not isinstance(found, dict):
            self._fail(f"{name} is a table", name, name, f"write [{name}]")
        return found

    def _refuse_unknown(self) -> None:
        for table, members in self._raw.items():
            if table not in _MEMBERS:
                known = ", ".join(f"[{name}]" for name in _MEMBERS)
                moved = f"that is {_MOVED[table]} now" if table in _MOVED else f"known: {known}"
                self._fail(f"unknown table [{table}]", table, table, moved)
            allowed = _MEMBERS[table]
            for one in members if isinstance(members, list) else [members]:
                unknown = sorted(set(one) - set(allowed)) if allowed is not None and isinstance(one, dict) else []
                if unknown:
                    self._fail(
                        f"unknown member {unknown[0]!r} in [{table}]",
                        table,
                        unknown[0],
                        f"known: {', '.join(allowed or ())}",
                    )

    def _fail(self, message: str, table: str, member: str, hint: str) -> NoReturn:
        raise DeclarationError(message, file=str(self._path), line=_line_of(self._text, table, member), hint=hint)


def _line_of(text: str, table: str, member: str) -> int:
    """The line that speaks of a member, below its table where that has one; the table's line, or the first, else."""
    lines = text.splitlines()
    is_header = re.compile(rf"\s*\[+\s*{re.escape(table)}\b")
    header = next((number for number, line in enumerate(lines, 1) if is_header.match(line)), None)
    start = header or 1
    says = [number for number, line in enumerate(lines, 1) if number >= start and member and _speaks(line, member)]
    return says[0] if says else start


def _speaks(line: str, member: str) -> bool:
    return re.search(rf"(?<![\w-]){re.escape(member)}(?![\w-])", line.partition("#")[0]) is not None
