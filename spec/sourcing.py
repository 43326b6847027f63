"""Sources: the documents that the manifest lists, each proven to be the one that was recorded."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from spec import packaged
from spec.errors import LoadError
from spec.facts import Source
from spec.loading import Loaded, load_document, safe_member

MANIFEST = "manifest.yaml"
"""The file in a folder of sources that lists them."""

_FIELDS = frozenset({"id", "file", "format", "api", "title", "sha256"})
_ID = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def load_sources(folder: Path | None = None) -> tuple[Source, ...]:
    """The sources of a folder, sorted by id; by default the packaged ones.

    Raises LoadError if the manifest is malformed, a file is missing, or a digest is not the recorded one.
    """
    root = folder or packaged.spec_folder() / "sources"
    manifest = load_document(root / MANIFEST)
    entries = manifest.value.get("sources") if isinstance(manifest.value, dict) else None
    if not isinstance(entries, list):
        raise LoadError(
            "there is no list named 'sources'", file=manifest.name, line=1, hint="list the sources under 'sources:'"
        )
    sources = [_load_source(root, manifest, index, entry) for index, entry in enumerate(entries)]
    _refuse_repeated_ids(manifest, sources)
    return tuple(sorted(sources, key=lambda source: source.id))


def _load_source(root: Path, manifest: Loaded, index: int, entry: Any) -> Source:
    line = manifest.span(("sources", index))[0]
    fields = _check_fields(manifest, line, entry)
    path = safe_member(root, fields["file"], file=manifest.name, line=line)
    data = _read(path, manifest, line)
    digest = hashlib.sha256(data).hexdigest()
    if digest != fields["sha256"]:
        raise LoadError(
            f"{fields['file']} has changed: SHA-256 {fields['sha256']} is recorded, {digest} was found",
            file=manifest.name,
            line=line,
            hint="restore the file; or, if the new content is wanted, record the new digest in the manifest",
        )
    return Source(fields["id"], fields["file"], fields["format"], fields["api"], fields["title"], data)


def _check_fields(manifest: Loaded, line: int, entry: Any) -> dict[str, str]:
    hint = f"give every source the text fields {', '.join(sorted(_FIELDS))}, and no others"
    if not isinstance(entry, dict):
        raise LoadError("a source that is not a mapping", file=manifest.name, line=line, hint=hint)
    wrong = sorted(_FIELDS ^ entry.keys()) or sorted(name for name in entry if not isinstance(entry[name], str))
    if wrong:
        message = f"a source with missing, unknown or non-text fields: {', '.join(wrong)}"
        raise LoadError(message, file=manifest.name, line=line, hint=hint)
    if not _ID.fullmatch(entry["id"]):
        raise LoadError(
            f"{entry['id']!r} is no source id",
            file=manifest.name,
            line=line,
            hint="use lower-case words and digits, joined by hyphens",
        )
    return entry


def _read(path: Path, manifest: Loaded, line: int) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise LoadError(
            f"the source {path.name} cannot be read: {error.strerror}",
            file=manifest.name,
            line=line,
            hint="put the file beside the manifest, or take its entry out",
        ) from None


def _refuse_repeated_ids(manifest: Loaded, sources: list[Source]) -> None:
    first: dict[str, int] = {}
    for index, source in enumerate(sources):
        line = manifest.span(("sources", index))[0]
        if source.id in first:
            raise LoadError(
                f"the source id {source.id!r} is already used in line {first[source.id]}",
                file=manifest.name,
                line=line,
                hint="give every source an id of its own",
            )
        first[source.id] = line
