"""A target with a certificate of its own authority is judged like any other; one that cannot be reached is told why.

`tls/server.pem` is for 127.0.0.1 and was signed by the authority in `tls/authority.pem`; nothing else trusts either.
"""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx
import pytest

from conformance.declaring.declaration import read_declaration
from conformance.errors import DeclarationError
from conformance.exchange.transport import plain_http
from conformance.exchange.trust import ca_from, checked_ca
from conformance.fuzzing.child import configuration
from conformance.fuzzing.job import Job
from conformance.run.obstacle import unreachable

TLS = Path(__file__).with_name("tls")
AUTHORITY = TLS / "authority.pem"
DECLARED = '[target]\nurl = "https://127.0.0.1"\nca = "{name}"\n'


class Answerer(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("content-length", "2")
        self.end_headers()
        self.wfile.write(b"[]")

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the name is the library's
        pass


def serving(context: ssl.SSLContext | None) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answerer)
    if context is not None:
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"{'http' if context is None else 'https'}://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def secure() -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    yield from serving(context)


@pytest.fixture
def plain() -> Iterator[str]:
    yield from serving(None)


def told(url: str, ca: Path | None = None, environment: dict[str, str] | None = None) -> str:
    """What the kit says of a target that it cannot reach; empty when it can."""
    with plain_http(5.0, ca=ca) as http:
        try:
            http.get(url)
        except httpx.HTTPError as error:
            return unreachable(url, error, environment or {})
    return ""


def test_certificate_of_a_declared_authority_is_trusted(secure: str) -> None:
    assert told(secure, AUTHORITY) == ""


def test_certificate_of_an_unknown_authority_is_named_with_the_next_step(secure: str) -> None:
    words = told(secure)
    assert words.startswith("the certificate of 127.0.0.1 is refused: ")
    assert "ca = … under [target], or SSL_CERT_FILE" in words


def test_certificate_for_another_name_is_no_question_of_trust(secure: str) -> None:
    words = told(secure.replace("127.0.0.1", "localhost"), AUTHORITY)
    assert words.startswith("the certificate of localhost is refused: ")
    assert "made for other names" in words


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("http://127.0.0.1:1", "nobody listens at 127.0.0.1:1"),
        ("http://no-such-host.invalid", "no address is known for the name no-such-host.invalid"),
    ],
)
def test_target_that_is_not_there_is_told_with_a_next_step(url: str, words: str) -> None:
    assert words in told(url)


def test_https_at_a_plain_port_and_http_at_a_secure_one_are_told(plain: str, secure: str) -> None:
    assert "write http:// instead of https://" in told(plain.replace("http:", "https:"))
    assert "write https://" in told(secure.replace("https:", "http:"))


def test_proxy_that_the_kit_does_not_use_is_mentioned() -> None:
    words = told("http://127.0.0.1:1", environment={"HTTPS_PROXY": "http://proxy:3128", "HTTP_PROXY": ""})
    assert words.endswith("uses no proxy, although HTTPS_PROXY is set")


def test_declaration_names_the_authority_beside_itself(tmp_path: Path) -> None:
    (tmp_path / "ours.pem").write_bytes(AUTHORITY.read_bytes())
    (tmp_path / "mockproof.toml").write_text(DECLARED.format(name="ours.pem"))
    assert read_declaration(tmp_path / "mockproof.toml", {}).target.ca == tmp_path / "ours.pem"


@pytest.mark.parametrize(("content", "words"), [(None, "cannot read"), ("no certificate", "holds no certificate")])
def test_file_that_holds_no_certificate_is_refused_with_its_line(
    content: str | None, words: str, tmp_path: Path
) -> None:
    if content is not None:
        (tmp_path / "ours.pem").write_text(content)
    (tmp_path / "mockproof.toml").write_text(DECLARED.format(name="ours.pem"))
    with pytest.raises(DeclarationError, match=words) as caught:
        read_declaration(tmp_path / "mockproof.toml", {})
    assert caught.value.line == 3


def test_environment_names_the_authority_as_it_does_for_others() -> None:
    assert ca_from({"SSL_CERT_FILE": str(AUTHORITY)}) == checked_ca(AUTHORITY)
    assert ca_from({"SSL_CERT_FILE": ""}) is None
    with pytest.raises(DeclarationError, match="SSL_CERT_FILE: cannot read"):
        ca_from({"SSL_CERT_FILE": "/nowhere.pem"})


@pytest.mark.parametrize(("ca", "verify"), [(None, True), ("/ours.pem", "/ours.pem")])
def test_fuzzer_trusts_the_same_authority(ca: str | None, verify: object) -> None:
    job = Job({}, "https://x", (), {}, {}, {}, seed=1, max_examples=1, seconds=1, ca=ca)
    assert configuration(job)["tls-verify"] == verify
