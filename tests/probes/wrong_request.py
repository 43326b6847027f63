"""The bad-input scoreboard: 14 requests that break the contract, with the statuses that fit and what must be told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.probes.talk import Talk

_FORM = {"Content-Type": "application/x-www-form-urlencoded"}
_JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True, slots=True)
class WrongRequest:
    """One request that a mock has to refuse.

    statuses: those that fit what is wrong. told: words that the answer must hold, one for each thing that is wrong.
    """

    id: str
    method: str
    path: str
    statuses: tuple[int, ...]
    told: tuple[str, ...] = ()
    content: str | None = None
    json: Any = None
    headers: dict[str, str] = field(default_factory=dict)

    def send(self, talk: Talk) -> Score:
        """Send it, and say what came back."""
        given = {"json": self.json} if self.json is not None else {"content": self.content}
        answer = talk.ask(self.method, self.path, headers=self.headers, **given)
        text = " ".join((answer.text, *answer.headers.values())).lower()
        return Score(
            answer.status_code,
            is_refused=400 <= answer.status_code < 500,
            is_fitting=answer.status_code in self.statuses,
            is_told=all(word in text for word in self.told),
        )


@dataclass(frozen=True, slots=True)
class Score:
    """What came back. is_told: everything that is wrong was named in body or header fields."""

    status: int
    is_refused: bool
    is_fitting: bool
    is_told: bool


_INVALID = (400, 422)

WRONG_REQUESTS: tuple[WrongRequest, ...] = (
    WrongRequest("query-type", "GET", "/berths?page=two&per_page=many", _INVALID, ("page", "per_page")),
    WrongRequest("query-enum", "GET", "/berths?status=sunk&page=0", _INVALID, ("status", "page")),
    WrongRequest("header-format", "GET", "/berths", _INVALID, ("x-trace-id",), headers={"X-Trace-Id": "not-a-uuid"}),
    WrongRequest(
        "form-type", "POST", "/berths", _INVALID, ("customer_id", "length"),
        content="berth[customer_id]=many&berth[name]=A&berth[length]=long", headers=_FORM,
    ),
    WrongRequest(
        "form-missing", "POST", "/berths", _INVALID, ("customer_id", "name"),
        content="berth[status]=free", headers=_FORM,
    ),
    WrongRequest("json-missing", "POST", "/berths", _INVALID, ("customer_id", "name"), json={"status": "free"}),
    WrongRequest(
        "json-extra", "POST", "/berths", _INVALID, ("depth", "colour"),
        json={"customer_id": 100, "name": "A", "depth": 3, "colour": "red"},
    ),
    WrongRequest(
        "json-enum", "POST", "/berths", _INVALID, ("status", "length"),
        json={"customer_id": 100, "name": "A", "status": "sunk", "length": 0},
    ),
    WrongRequest("json-broken", "POST", "/berths", (400,), content='{"customer_id": 100,', headers=_JSON),
    WrongRequest("json-empty", "POST", "/berths", _INVALID, content="", headers=_JSON),
    WrongRequest(
        "media-type", "POST", "/berths", (415,), content="<berth/>", headers={"Content-Type": "application/xml"}
    ),
    WrongRequest("path-type", "GET", "/berths/abc", (400, 404, 422)),
    WrongRequest("path-range", "GET", "/berths/0", (400, 404, 422)),
    WrongRequest("put-wrong", "PUT", "/berths/1", _INVALID, ("name", "status"), json={"name": "", "status": "sunk"}),
)  # fmt: skip
