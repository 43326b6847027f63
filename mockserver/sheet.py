"""Documents beside the interface: health, the contract itself, and what the world brings."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from mockserver.exchange import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.passage import Passage
    from spec.contract import Contract
    from spec.fixtures import Document

HEALTH: Final = "/__mock/health"
JSON: Final = "/openapi.json"
YAML: Final = "/openapi.yaml"


@dataclass(frozen=True, slots=True)
class Sheet:
    """Bytes made once, with the validator (`etag`) that lets a client ask whether they changed."""

    media_type: str
    body: bytes
    etag: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "etag", f'"{hashlib.sha256(self.body).hexdigest()[:32]}"')

    def answer(self, passage: Passage) -> Answer:
        """The document, or 304 for a client that has it."""
        headers = (("ETag", self.etag), ("Cache-Control", "no-cache"))
        if self.is_known(passage.headers.get("if-none-match")):
            return Answer(304, b"", None, headers, "admin")
        return Answer(200, self.body, self.media_type, headers, "admin")

    def is_known(self, if_none_match: str | None) -> bool:
        """Whether the client holds these bytes already (RFC 9110, 13.1.2)."""
        if if_none_match is None:
            return False
        known = {tag.strip().removeprefix("W/") for tag in if_none_match.split(",")}
        return self.etag in known or "*" in known


@dataclass(frozen=True, slots=True)
class FrontDoor:
    """A document of the world, told to each client under the URL that it came by."""

    document: Document

    def answer(self, passage: Passage) -> Answer:
        """The document."""
        body = json.dumps(self.document.at(passage.address.base)).encode()
        return Answer(200, body, "application/json", (), "example")


def make_sheets(contract: Contract, documents: Mapping[str, Document] | None = None) -> Mapping[str, Sheet | FrontDoor]:
    """All of them by path. A path that the contract itself declares stays the contract's."""
    health = {
        "status": "ok",
        "contract": {"title": contract.title, "version": contract.version, "digest": contract.digest},
        "operations": len(contract.operations),
    }
    sheets: dict[str, Sheet | FrontDoor] = {
        HEALTH: Sheet("application/json", json.dumps(health).encode()),
        JSON: Sheet("application/json", json.dumps(contract.document).encode()),
        YAML: Sheet("application/yaml", contract.data),
    }
    declared = {operation.path for operation in contract.operations}
    front: dict[str, Sheet | FrontDoor] = {path: FrontDoor(document) for path, document in (documents or {}).items()}
    return MappingProxyType({path: sheet for path, sheet in sheets.items() if path not in declared} | front)
