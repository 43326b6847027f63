"""Recipes for bytes: whole, as told, in their own media type, in ranges."""

from __future__ import annotations

from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.tape import path_of, succeeded
from spec.resource import Meaning


def content_bytes(case: Case) -> str | None:
    """Downloaded bytes are those that were stored."""
    draft, expected = case.draft, case.expected
    if expected.startswith("other bytes"):
        other = case.before(lambda one: _is_download(case, one) and path_of(one) != path_of(case.line))
        return f"own_bytes({draft.use(other)}, {draft.use(case.line)})" if other is not None else None
    if expected.startswith("bytes whose") or expected.endswith("says"):
        return _as_told(case, (Meaning.SIZE, Meaning.DIGEST))
    parts = [
        one
        for one in case.tape.exchanges
        if one["number"] > case.line["number"]
        and case.same_path(case.line)(one)
        and "range" in one["request"]["headers"]
    ]
    if len(parts) < 2:
        return None
    return f"pieces_fit({draft.use(case.line)}, {draft.use(parts[0])}, {draft.use(parts[1])})"


def content_media_type(case: Case) -> str | None:
    """Downloaded bytes have their own media type."""
    names = list(case.shape.fields_meaning(Meaning.MEDIA_TYPE)) if case.shape is not None else []
    reading = _reading(case, case.line)
    success = case.draft.law.by_id.get(case.asked.id, case.asked).success
    known = [name for name in success.media_types if "*" not in name] if success is not None else []
    download = case.draft.use(case.line)
    if reading is None or not names:
        return f"media_type_told({download}, {download}, None, [], {known})"
    got = case.draft.use(reading)
    return f"media_type_told({got}, {download}, {case.envelope_of(reading)!r}, {names}, {known})"


def content_range(case: Case) -> str | None:
    """A range is the bytes that were asked for."""
    asked = str(case.line["request"]["headers"].get("range", "")).removeprefix("bytes=")
    whole = case.before(
        lambda one: case.same_path(case.line)(one) and "range" not in one["request"]["headers"] and succeeded(one)
    )
    if whole is None or not asked:
        return None
    return f"right_range({case.draft.use(whole)}, {case.draft.use(case.line)}, {asked!r})"


def content_digest(case: Case) -> str | None:
    """A digest that an item tells is that of its bytes."""
    return _as_told(case, (Meaning.DIGEST,))


def content_size(case: Case) -> str | None:
    """A size that an item tells is the number of its bytes."""
    return _as_told(case, (Meaning.SIZE,))


def _as_told(case: Case, meanings: tuple[Meaning, ...]) -> str | None:
    names = [name for one in meanings for name in case.shape.fields_meaning(one)] if case.shape is not None else []
    is_download = _is_download(case, case.line)
    download = case.line if is_download else _download(case, case.line)
    reading = _reading(case, case.line) if is_download else case.line
    if download is None or reading is None:
        return None
    got = case.draft.use(download)  # once it is there, the item tells of it
    return f"bytes_as_told({case.draft.use(reading)}, {got}, {case.envelope_of(reading)!r}, {names})"


def _is_download(case: Case, line: Line) -> bool:
    operation = case.tape.operation(line)
    use = operation.resource if operation is not None else None
    plain = "range" not in line["request"]["headers"] and line["request"]["method"] == "GET"
    return use is not None and use.part == "content" and plain and succeeded(line)


def _reading(case: Case, line: Line) -> Line | None:
    """The read of the item whose bytes an exchange shows."""
    chain = case.tape.chain(line)

    def fits(one: Line) -> bool:
        operation = case.tape.operation(one)
        use = operation.resource if operation is not None else None
        return (
            use is not None and use.name == case.resource and use.part is None and not use.states
            and one["request"]["method"] == "GET" and succeeded(one) and case.tape.chain(one) == chain
        )  # fmt: skip

    return case.after(fits, line) or case.before(fits, line)


def _download(case: Case, line: Line) -> Line | None:
    """The download of the bytes of the item that an exchange shows."""
    chain = case.tape.chain(line)

    def fits(one: Line) -> bool:
        return _is_download(case, one) and case.tape.chain(one) == chain

    return case.before(fits, line) or case.after(fits, line)
