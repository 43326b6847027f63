"""Checks of bytes: whole, as told by size and digest, in their own media type, and in ranges."""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from conformance.exchange.address import Address, chain_of
from conformance.exchange.exchange import Exchange
from conformance.exchange.shape import Item
from conformance.scenarios.scene import Scene
from conformance.verdict.sighting import Sighting, failed, not_applicable, outcome_of, passed, unknown, unseen
from spec.contract import Contract, Operation, Role
from spec.resource import Meaning, read_shapes

_DIGESTS = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
_LOOKED_AT = 3


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of an item, and its fields where they can be read."""

    address: Address
    exchange: Exchange
    body: bytes
    item: Item
    reading: Exchange | None


def content_bytes(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Downloaded bytes are those that were stored, as far as anything tells of them."""
    found = contents(scene, operation)
    for content in found:
        yield from _told(scene, operation, content)
        yield from _pieces(scene, operation, content)
    yield from _own(scene, operation, found)
    if not found:
        yield unseen("no bytes could be downloaded")


def content_media_type(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Downloaded bytes have their own media type."""
    shape = read_shapes(scene.model)[operation.resource.name] if operation.resource else None
    fields = shape.fields_meaning(Meaning.MEDIA_TYPE) if shape is not None else ()
    found = contents(scene, operation)
    success = scene.enforced(operation).success
    declared = [name for name in success.media_types if "*" not in name] if success is not None else []
    for content in found:
        answer = content.exchange.answer
        sent = answer.headers.get("content-type", "").partition(";")[0].strip().lower() if answer is not None else ""
        wanted = [str(content.item[name]).partition(";")[0].lower() for name in fields if content.item.get(name)]
        if not (wanted or declared):
            yield unseen("nothing tells which media type the bytes have")
        elif sent in (wanted or [name.lower() for name in declared]):
            yield passed(content.exchange, sent)
        else:
            yield failed(content.exchange, f"the media type {' or '.join(wanted or declared)}", sent or "none")
    if not found:
        yield unseen("no bytes could be downloaded")


def content_range(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A range is the bytes that were asked for, and says which they are; ranges need not be offered."""
    found = [content for content in contents(scene, operation) if len(content.body) > 3]
    for content in found[:1]:
        size = len(content.body)
        for asked, first, last in (
            (f"1-{size // 2}", 1, size // 2),
            (f"-{size // 3 or 1}", size - (size // 3 or 1), size - 1),
        ):
            exchange = scene.client.send(operation, content.address, extra={"range": f"bytes={asked}"})
            yield _ranged(exchange, content, first, last)
    if not found:
        yield unseen("no bytes could be downloaded")


def content_digest(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A digest that an item tells is that of its bytes."""
    yield from _compared(scene, operation, Meaning.DIGEST)


def content_size(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A size that an item tells is the number of its bytes."""
    yield from _compared(scene, operation, Meaning.SIZE)


def contents(scene: Scene, operation: Operation) -> list[Content]:
    """The bytes of some items that are known; downloaded once per run."""
    key = ("contents", operation.id)
    if key not in scene.memory:
        scene.memory[key] = list(_downloads(scene, operation))
    found: list[Content] = scene.memory[key]
    return found


def _downloads(scene: Scene, operation: Operation) -> Iterator[Content]:
    use, count = operation.resource, 0
    for address in scene.atlas.addresses(operation)[:12] if use is not None else ():
        exchange = scene.client.send(operation, address)
        if use is None or exchange.answer is None or not exchange.answer.is_success:
            continue
        got = scene.read(use.name, chain_of(operation, address))
        item = got[1] if got is not None and got[1] is not None else {}
        yield Content(address, exchange, exchange.answer.body, item, got[0] if got is not None else None)
        count += 1
        if count == _LOOKED_AT:
            return


def _compared(scene: Scene, operation: Operation, meaning: Meaning) -> Iterator[Sighting]:
    use = operation.resource
    download = _download_of(scene.model, use.name) if use is not None else None
    found = contents(scene, download) if download is not None else []
    fields = read_shapes(scene.model)[use.name].fields_meaning(meaning) if use is not None else ()
    seen = 0
    for content in found:
        for name in fields:
            told = content.item.get(name)
            right = None if told is None else _measured(meaning, told, content.body)
            if right is None or content.reading is None:
                continue
            seen += 1
            if told == right:
                yield passed(content.reading, f"{name} is {told}, as the bytes are")
            else:
                yield failed(content.reading, f"{name} of {right}, as the bytes are", f"{told}")
    if not seen:
        yield unseen("no item is known whose bytes can be had and that tells of them")


def _measured(meaning: Meaning, told: Any, body: bytes) -> Any:
    if meaning is Meaning.SIZE:
        return len(body)
    name = _DIGESTS.get(len(str(told)))
    return hashlib.new(name, body).hexdigest() if name is not None else None


def _told(scene: Scene, operation: Operation, content: Content) -> Iterator[Sighting]:
    """The bytes held against what the item tells of them."""
    use = operation.resource
    shape = read_shapes(scene.model)[use.name] if use is not None else None
    for meaning in (Meaning.SIZE, Meaning.DIGEST):
        for name in shape.fields_meaning(meaning) if shape is not None else ():
            told = content.item.get(name)
            right = None if told is None else _measured(meaning, told, content.body)
            if right is None:
                continue
            if told == right:
                yield passed(content.exchange, f"{len(content.body)} bytes, {name} is right")
            else:
                yield failed(content.exchange, f"bytes whose {name} is {told}", f"{right}")


def _pieces(scene: Scene, operation: Operation, content: Content) -> Iterator[Sighting]:
    """The whole put together from ranges, where they are offered, is the whole."""
    half = len(content.body) // 2
    first = scene.client.send(operation, content.address, extra={"range": f"bytes=0-{max(half - 1, 0)}"})
    rest = scene.client.send(operation, content.address, extra={"range": f"bytes={half}-"})
    answers = [one.answer for one in (first, rest)]
    if any(one is None or one.status != 206 for one in answers):
        if not content.body and first.answer is not None and first.answer.status == 206:
            yield failed(content.exchange, "the bytes that a range has", "none")
            return
        yield passed(content.exchange, f"{len(content.body)} bytes")
        return
    joined = b"".join(one.body for one in answers if one is not None)
    if joined == content.body:
        yield passed(content.exchange, f"{len(content.body)} bytes, in pieces as in one")
    else:
        yield failed(content.exchange, f"the {len(joined)} bytes that two ranges have", f"{len(content.body)} others")


def _own(scene: Scene, operation: Operation, found: list[Content]) -> Iterator[Sighting]:
    """An item has bytes of its own: with another size or digest, they are others."""
    for one, other in itertools.pairwise(found):
        facts = [
            {name: content.item.get(name) for name in ("size", "sha256", "content_type")} for content in (one, other)
        ]
        if one.body == other.body and one.body and facts[0] != facts[1]:
            yield failed(other.exchange, "other bytes than those of another item", "the same")
    del scene, operation


def _ranged(exchange: Exchange, content: Content, first: int, last: int) -> Sighting:
    answer, size = exchange.answer, len(content.body)
    if answer is None or answer.status >= 500:
        return unknown(outcome_of(exchange), exchange)
    if answer.status != 206:
        return not_applicable(f"ranges are not offered: {outcome_of(exchange)}")
    told = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", answer.headers.get("content-range", "").strip())
    if told is None:
        return failed(
            exchange, f"Content-Range: bytes {first}-{last}/{size}", answer.headers.get("content-range", "none")
        )
    if (int(told[1]), int(told[2])) != (first, last):
        return failed(exchange, f"the bytes {first}-{last}", f"Content-Range {told[0]}")
    if answer.body != content.body[first : last + 1]:
        return failed(exchange, f"{last + 1 - first} bytes from {first} on", f"{len(answer.body)} others")
    return passed(exchange, f"the bytes {first}-{last}")


def _download_of(contract: Contract, resource: str) -> Operation | None:
    reads = contract.uses_of(resource, Role.READ)
    return next((one for one in reads if one.resource and one.resource.part == "content"), None)
