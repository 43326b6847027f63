"""A small target, right unless told to be wrong, on a socket of its own."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import pytest

from conformance.ledger import Ledger
from conformance.run.runner import Plan, run
from conformance.run.selection import select_operations, select_requirements
from conformance.target import Target, with_auth
from conformance.verdict.outcome import Conclusion
from mockserver.server import running
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.requirements import Obligation, Requirement, load_requirements

TOKEN = "canary-5f1d7c"
OTHER = "canary-other-88"
PAGE = 3
METHODS = {
    "/trays": ("GET", "POST"),
    "/trays/{}": ("GET", "PUT"),
    "/trays/{}/cups": ("GET",),
    "/trays/{}/cups/dirty": ("GET",),
    "/trays/{}/washes": ("POST",),
    "/trays/{}/renew": ("POST",),
}


@dataclass
class Tray:
    """The API of tray.yaml; `faults` names what it does wrong."""

    faults: frozenset[str] = frozenset()
    trays: dict[int, dict[str, Any]] = field(
        default_factory=lambda: {n: {"id": n, "label": "walnut", "created_at": f"2024-01-0{n}"} for n in range(1, 8)}
    )

    washes: int = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        body = b""
        while True:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        headers = {name.decode().lower(): value.decode("latin-1") for name, value in scope["headers"]}
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        status, answer, extra = self.answer(scope["method"], scope["path"], query, headers, body)
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        fields = {"content-type": "application/json", **extra}
        pairs = [(name.encode(), value.encode()) for name, value in fields.items()]
        await send({"type": "http.response.start", "status": status, "headers": pairs})
        await send({"type": "http.response.body", "body": content})

    def answer(self, method: str, path: str, query: list[tuple[str, str]], headers: dict[str, str], body: bytes) -> Any:
        route = self.route(path)
        if route is None:
            return 404, {"error": "no such path"}, {}
        methods = METHODS[route[0]]
        if method not in methods:
            return 405, {"error": "no such method"}, {"allow": ", ".join(methods)}
        token = headers.get("authorization", "").removeprefix("Bearer ")
        if token not in (TOKEN, OTHER) and not ("open" in self.faults and (method, route[0]) == ("GET", "/trays/{}")):
            return 401, {"error": "who are you"}, {"www-authenticate": "Bearer"}
        if route[0] == "/trays":
            return self.listed(query, token) if method == "GET" else self.made(headers, body)
        return self.routed(method, route, query, headers, body, token)

    def route(self, path: str) -> tuple[str, str] | None:
        found = re.fullmatch(r"/trays(?:/([^/]*)(/cups|/cups/dirty|/washes|/renew)?)?", path)
        if not found:
            return None
        return ("/trays" if found[1] is None else "/trays/{}" + (found[2] or ""), found[1] or "")

    def routed(self, method: str, route: Any, query: Any, headers: dict[str, str], body: bytes, token: str) -> Any:
        if not re.fullmatch(r"[1-9][0-9]*", route[1]):
            return 400, {"error": "tray_id is no positive integer"}, {}
        tray = self.trays.get(1 if "any-id" in self.faults else int(route[1]))
        if tray is None or ("leak" not in self.faults and token == OTHER and tray["id"] == 1):
            return 404, {"error": "no such tray"}, {}
        if route[0].startswith("/trays/{}/"):
            return self.below(route[0].removeprefix("/trays/{}/"), tray, query, headers, body)
        if method == "PUT":
            return self.changed(tray, headers, body)
        if "crash" in self.faults:
            return 500, {"error": f"boom {TOKEN}"}, {}
        return 200, {"id": str(tray["id"])} if "shape" in self.faults else dict(tray), {}

    def below(self, what: str, tray: dict[str, Any], query: Any, headers: dict[str, str], body: bytes) -> Any:
        whose = 99 if "strangers" in self.faults else tray["id"]
        states = ("clean", "clean", "dirty")
        cups = [
            {"id": f"c{n}", "tray_id": whose, "state": state, "created_at": f"2024-03-0{n}"}
            for n, state in enumerate(states, 1)
        ]
        if what == "cups":
            return self.limited(cups, query)
        if what == "cups/dirty":
            shown = cups[0] if "wrong-top" in self.faults else cups[2]
            return (404, {"error": "none"}, {}) if "no-top" in self.faults else (200, shown, {})
        fields, problem = self.read_form(headers, body)
        if problem:
            return problem
        if what == "renew":
            tray["seal"] = tray.get("seal", "s") if "stale" in self.faults else tray.get("seal", "s") + "+"
            return 200, dict(tray), {}
        hot = fields.get("wash[hot]", "false")
        if hot not in ("true", "false", "1", "0") or ("no-flags" in self.faults and "wash[hot]" in fields):
            return 400, {"error": "hot"}, {}
        self.washes += 1
        return 201, {"id": f"w{self.washes}", "cup_id": "c1" if "oldest" in self.faults else "c2"}, {}

    def limited(self, cups: list[Any], query: Any) -> Any:
        limits = [value for name, value in query if name == "limit"]
        if len(limits) > 1 or not all(re.fullmatch(r"[1-9]|[1-4][0-9]|50", limit) for limit in limits):
            return 400, {"error": "limit"}, {}
        most = int(limits[0]) if limits and "no-limit" not in self.faults else len(cups)
        return 200, {"cups": cups[:most]}, {}

    def listed(self, query: list[tuple[str, str]], token: str) -> Any:
        pages = [value for name, value in query if name == "page"]
        if len(pages) > 1 or not all(re.fullmatch(r"[1-9][0-9]{0,2}|1000", page) for page in pages):
            return 400, {"error": "page"}, {}
        page = int(pages[0]) if pages else 1
        trays = [tray for tray in self.trays.values() if token == TOKEN or tray["id"] != 1]
        size = 2 if "small-pages" in self.faults else PAGE
        last = -(-len(trays) // size)
        start = (page - 1) * size - (1 if "overlap" in self.faults and page > 1 else 0)
        shown = trays[start : start + size]
        if "bare-items" in self.faults:
            shown = [{"id": tray["id"], "label": tray["label"]} for tray in shown]
        if "order" in self.faults:
            shown = list(reversed(shown))
        relations = {"first": 1, "last": last, "prev": page - 1, "next": page + 1}
        links = [f'</trays?page={n}>; rel="{name}"' for name, n in relations.items() if 1 <= n <= last]
        extra = {"x-total-count": str(len(trays))}
        return 200, shown, extra if "no-links" in self.faults else {**extra, "link": ", ".join(links)}

    def made(self, headers: dict[str, str], body: bytes) -> Any:
        fields, problem = self.read_form(headers, body)
        if problem:
            return problem
        if "tray[label]" not in fields:
            return 400, {"error": "label"}, {}
        number = max(self.trays) + 1
        tray = {"id": number, "label": fields["tray[label]"], "created_at": "2024-02-01"}
        if "forget" not in self.faults:
            self.trays[number] = tray
        return 201, tray, {"location": f"/trays/{number}"}

    def changed(self, tray: dict[str, Any], headers: dict[str, str], body: bytes) -> Any:
        fields, problem = self.read_form(headers, body)
        if problem:
            return problem
        label = fields.get("tray[label]", tray["label"])
        if "no-update" not in self.faults:
            tray["label"] = label
        return 200, {**tray, "label": label}, {}

    def read_form(self, headers: dict[str, str], body: bytes) -> tuple[dict[str, str], Any]:
        form = "application/x-www-form-urlencoded"
        if (body or "content-type" in headers) and headers.get("content-type", "").partition(";")[0] != form:
            return {}, (415, {"error": "send a form"}, {})
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True)
        except ValueError:
            return {}, (400, {"error": "not UTF-8"}, {})
        fields = dict(pairs)
        tags = "[a-z]*" if "no-commas" in self.faults else "[a-z,]*"
        rules = {"tray[label]": r"[a-z]{1,20}", "tray[since]": r"\d{4}-\d{2}-\d{2}", "tray[tags]": tags}
        if "lax" in self.faults:
            rules = {}
        bad = [
            name for name, rule in rules.items() if name in fields and not re.fullmatch(rule, fields[name], re.ASCII)
        ]
        twice = [name for name in rules if sum(name == other for other, _ in pairs) > 1]
        if bad or twice:
            return {}, (400, {"error": "a field is wrong"}, {})
        return fields, None


@pytest.fixture(scope="session")
def tray_contract() -> Contract:
    return load_contract(Path(__file__).with_name("tray.yaml"))


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Puts ASGI applications on sockets; gives their base URLs."""
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(running(app))


def behaviour(name: str, *operations: str, level: Obligation = Obligation.MUST) -> Requirement:
    return Requirement(name, level, f"The behaviour {name} is kept.", "core", operations, "behaviour", name, ())


@dataclass(frozen=True)
class Ran:
    conclusion: Conclusion
    ledger: Ledger

    def outcome(self, requirement: str) -> str:
        return next(str(line["verdict"]) for line in self.ledger.of("verdict") if line["id"] == requirement)

    def reason(self, requirement: str) -> str:
        return str(next(line["reason"] for line in self.ledger.of("verdict") if line["id"] == requirement))

    @property
    def broken(self) -> set[str]:
        return {line["id"] for line in self.ledger.of("verdict") if line["verdict"] == "fail"}


@pytest.fixture
def verify_tray(tray_contract: Contract, serve: Callable[[Any], str]) -> Callable[..., Ran]:
    """Runs the kit against an application, or a URL, that should keep the contract of trays."""

    def verify(
        app: Any,
        *behaviours: Requirement,
        phases: tuple[str, ...] = (),
        only: tuple[str, ...] = (),
        auth: tuple[str, ...] = (TOKEN,),
        second: tuple[str, ...] = (),
        max_time: int = 60,
        seed: int = 1,
        progress: Callable[[str], None] = lambda _text: None,
    ) -> Ran:
        target = with_auth(Target(app if isinstance(app, str) else serve(app)), auth, second, {})
        operations = select_operations(tray_contract, only, ())
        requirements = (*load_requirements(tray_contract, "given"), *behaviours)
        plan = Plan(
            contract=tray_contract,
            model=tray_contract,
            profile="given",
            target=target,
            operations=operations,
            requirements=select_requirements(requirements, operations),
            seed=seed,
            max_examples=5,
            max_time=max_time,
            phases=phases,
        )
        ledger = Ledger(target.secrets)
        return Ran(run(plan, ledger, progress), ledger)

    return verify


@pytest.fixture
def promise() -> Callable[..., Requirement]:
    """Makes a written requirement of a behaviour."""
    return behaviour


@pytest.fixture
def tray() -> Callable[..., Tray]:
    """Makes a target with faults."""
    return lambda *faults: Tray(frozenset(faults))
