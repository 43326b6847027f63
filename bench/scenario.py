"""What is asked: one request each for listing, reading, creating and creating wrongly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

TOKEN: Final = "nimbus-token"  # noqa: S105  (of the fixtures; it opens nothing)


@dataclass(frozen=True, slots=True)
class Scenario:
    """One request that is sent over and over.

    form: fields of an urlencoded body, none for a request without a body. is_valid: whether it keeps the contract.
    """

    name: str
    text: str
    method: str
    path: str
    form: tuple[tuple[str, str], ...] = ()
    is_valid: bool = True

    @property
    def body(self) -> bytes:
        """The body as it travels; names are percent-encoded, as browsers do it."""
        return urlencode(self.form).encode("ascii")

    @property
    def headers(self) -> tuple[tuple[str, str], ...]:
        """Header fields besides Host."""
        fields = [("Authorization", f"Bearer {TOKEN}"), ("Accept", "*/*")]
        if self.form:
            fields.append(("Content-Type", "application/x-www-form-urlencoded"))
            fields.append(("Content-Length", str(len(self.body))))
        return tuple(fields)

    def message(self) -> bytes:
        """The whole request in HTTP/1.1, for a connection that stays open."""
        lines = [f"{self.method} {self.path} HTTP/1.1", "Host: 127.0.0.1", *(f"{n}: {v}" for n, v in self.headers)]
        return "\r\n".join([*lines, "", ""]).encode("ascii") + self.body

    def accepts(self, status: int) -> bool:
        """Whether this status is a right answer: a success for a valid request, a refusal of the form for the other."""
        return 200 <= status < 300 if self.is_valid else status in (400, 422)


_NAME: Final = "backup_instance[{}]"

SCENARIOS: Final = (
    Scenario("list", "list, 20 items", "GET", "/v1/backup_instances"),
    Scenario("get", "get one", "GET", "/v1/backup_instances/1"),
    Scenario(
        "post",
        "create by urlencoded form with bracketed names",
        "POST",
        "/v1/backup_instances",
        (
            (_NAME.format("backup_definition_id"), "def-workspace"),
            (_NAME.format("customer_id"), "cust-100"),
            (_NAME.format("backup_frequency"), "daily"),
        ),
    ),
    Scenario(
        "bad",
        "invalid form: two required fields missing, one value outside its enum",
        "POST",
        "/v1/backup_instances",
        ((_NAME.format("backup_frequency"), "never"),),
        is_valid=False,
    ),
)
"""In the order in which a round asks them."""


def pick_scenarios(names: str | None) -> tuple[Scenario, ...]:
    """The scenarios named in a list with commas, all if None; raises ValueError for an unknown name."""
    if names is None:
        return SCENARIOS
    known = {scenario.name: scenario for scenario in SCENARIOS}
    unknown = [name for name in names.split(",") if name not in known]
    if unknown:
        raise ValueError(f"there is no scenario {unknown[0]!r}; expected some of {', '.join(known)}, with commas")
    return tuple(scenario for scenario in SCENARIOS if scenario.name in names.split(","))
