"""Fixtures for pytest, installed by entry point: a mock for the session, a workspace of it for each test.

    def test_backups_are_listed(mockproof):
        client = BackupClient(base_url=mockproof.url, token=mockproof.token("Nimbus"))
        assert client.list_backups(2)
        mockproof.assert_called("listBackups", times=1)

pytest reads this module in every project of the environment, so whatever takes time to import is imported by the
fixture that needs it.
"""

from __future__ import annotations

import hashlib
import re
import uuid
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import httpx  # as above

    from mockserver.sending import App
    from mockserver.testing import AsgiWorkspace, MockWorkspace

_IN_PROCESS = "http://localhost"
"""What stands for the mock's address where there is no socket: the admin interface wants a local one."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tell pytest the plugin's options."""
    group = parser.getgroup("mockproof", "a stateful mock of an API contract")
    group.addoption("--mock-url", metavar="URL", help="Use the mock that runs here instead of starting one.")
    group.addoption("--mock-admin-token", metavar="TOKEN", help="What that mock's admin interface asks for.")
    parser.addini("mockproof_contract", "OpenAPI file that the mock serves; the packaged contract without one.")
    parser.addini("mockproof_fixtures", "Folder with the world that each test starts from.")
    parser.addini("mockproof_handlers", "Python file with answers of your own, as for `mockproof serve --handlers`.")


@pytest.fixture(scope="session")
def mockproof_app(pytestconfig: pytest.Config) -> App:
    """The mock as an ASGI application; override it to serve another, for example one with answers of your own."""
    # The contract, its compiler and the server take a second, which projects that do not use them should not pay.
    from mockserver.app import create_app
    from mockserver.extension import load_extensions
    from spec.contract_reader import load_contract
    from spec.errors import MockproofError
    from spec.fixtures import bare_fixtures, load_fixtures

    file, folder = _path(pytestconfig, "mockproof_contract"), _path(pytestconfig, "mockproof_fixtures")
    handlers = _path(pytestconfig, "mockproof_handlers")
    try:
        contract = load_contract(file)
        fixtures = bare_fixtures(contract) if file and not folder else load_fixtures(contract, folder)
        return create_app(contract, fixtures, extensions=load_extensions(handlers) if handlers else ())
    except MockproofError as error:
        return pytest.fail(str(error), pytrace=False)


@pytest.fixture(scope="session")
def mockproof_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """The base URL of the mock: of `--mock-url`, or of one that runs on a free port for as long as the session."""
    given = request.config.getoption("--mock-url")
    if given:
        yield given.rstrip("/")
        return
    # As above.
    from mockserver.server import running

    with running(request.getfixturevalue("mockproof_app")) as url:
        yield url


@pytest.fixture(scope="session")
def mockproof_http(pytestconfig: pytest.Config, mockproof_url: str) -> Iterator[httpx.Client]:
    """A client of the mock itself, shared by all workspaces; the tests fail where nothing answers."""
    import httpx  # as above

    # As above.
    from mockserver.admin.gate import TOKEN_HEADER

    token = pytestconfig.getoption("--mock-admin-token")
    headers = {TOKEN_HEADER: token} if token else {}
    with httpx.Client(base_url=mockproof_url, headers=headers, trust_env=False) as http:
        try:
            http.get("/__mock/health").raise_for_status()
        except httpx.HTTPError as error:
            pytest.fail(
                f"no mock answers at {mockproof_url}: {error}. "
                "Start one with 'mockproof serve', or leave --mock-url out to have one started.",
                pytrace=False,
            )
        yield http


@pytest.fixture
def mockproof(request: pytest.FixtureRequest, mockproof_http: httpx.Client) -> Iterator[MockWorkspace]:
    """A fresh workspace of the mock, for this test alone."""
    # As above.
    from mockserver.testing import open_workspace

    is_shared = request.config.getoption("--mock-url") is not None
    with open_workspace(mockproof_http, workspace_name(request.node.nodeid, is_shared=is_shared)) as workspace:
        yield workspace


@pytest.fixture
def mockproof_asgi(request: pytest.FixtureRequest, mockproof_app: App) -> Iterator[AsgiWorkspace]:
    """A fresh workspace of a mock without a socket, for clients that are given an httpx transport."""
    import httpx  # as above

    # As above.
    from mockserver.inprocess import InProcessTransport
    from mockserver.testing import AsgiWorkspace, keep

    name = workspace_name(f"{request.node.nodeid} in process", is_shared=False)
    with (
        httpx.Client(base_url=_IN_PROCESS, transport=InProcessTransport(mockproof_app)) as http,
        keep(AsgiWorkspace(http, name, mockproof_app)) as workspace,
    ):
        yield workspace


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Show beside a failure what the test asked of the mock."""
    report = yield
    if call.when == "call" and report.failed:
        for name in ("mockproof", "mockproof_asgi"):
            workspace = getattr(item, "funcargs", {}).get(name)
            if workspace is not None:
                report.sections.append((f"{name} journal", _requests(workspace)))
    return report


def workspace_name(test: str, *, is_shared: bool) -> str:
    """A name for a test's workspace: the same in every run, unless the mock is shared with other runs."""
    readable = re.sub(r"[^A-Za-z0-9]+", "-", test.rpartition("::")[2]).strip("-")[:40] or "test"
    digest = uuid.uuid4().hex if is_shared else hashlib.sha256(test.encode()).hexdigest()
    return f"{readable}-{digest[:12]}"


def _path(config: pytest.Config, name: str) -> Path | None:
    """The file or folder that an option names, from the folder of the file that says so."""
    given = config.getini(name)
    if not given:
        return None
    return (config.inipath.parent if config.inipath else config.rootpath) / str(given)


def _requests(workspace: MockWorkspace) -> str:
    import httpx  # as above

    # As above.
    from mockserver.testing import AdminError, describe_entry

    # A mock that is gone must not hide why the test failed.
    try:
        entries = workspace.journal.list()
    except (httpx.HTTPError, AdminError) as error:
        return f"the journal cannot be read: {error}"
    return "\n".join(map(describe_entry, entries)) or "no request"
