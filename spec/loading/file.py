"""Opens files: only plain ones, only small enough, only inside the folder they must stay in."""

from __future__ import annotations

import os
import re
import stat
from pathlib import Path
from typing import NoReturn

from spec.errors import LoadError
from spec.loading.document import Loaded
from spec.loading.json_source import read_json
from spec.loading.limit import MAX_BYTES
from spec.loading.yaml_source import read_yaml

_DRIVE = re.compile(r"[A-Za-z]:")
_OTHER_ENCODINGS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def load_document(path: Path | str, *, root: Path | None = None, max_bytes: int = MAX_BYTES) -> Loaded:
    """Read a YAML or JSON file.

    root: folder that the file must really be in, symbolic links followed. max_bytes: judged before reading.
    Raises LoadError for anything unsafe, malformed or missing; it never quotes a file outside of `root`.
    """
    name = str(path)
    file = Path(path)
    if root is not None and not _is_inside(file, root):
        _refuse_outside(name, name, None)
    try:
        data = _read(file, name, max_bytes)
    except OSError as error:
        _refuse_unreadable(name, error)
    except ValueError:
        raise LoadError("the file name holds a NUL character", file=ascii(name), hint="correct the name") from None
    return _load(data, name, _format_of(name), Path(os.path.realpath(file)))


def load_text(data: bytes | str, name: str, *, format: str | None = None) -> Loaded:  # noqa: A002 - the field's word
    """Read YAML or JSON that is already in memory.

    name: stands in errors. format: "yaml" or "json"; guessed from the end of `name`, else YAML.
    Raises LoadError for anything unsafe or malformed.
    """
    if isinstance(data, str):
        data = _encode(data, name)
    return _load(data, name, format or _format_of(name), None)


def safe_member(root: Path, relative: str, *, file: str | None = None, line: int | None = None) -> Path:
    """The path of a file that data names, certain to lie inside `root`, whether or not it exists.

    file, line: the place that names it; they stand in errors.
    Raises LoadError for an absolute path, `..`, NUL, a backslash, a drive letter, or a link that leads out.
    """
    shown = ascii(relative)
    if not relative or not relative.isprintable():
        raise LoadError(f"{shown} is not a file name", file=file, line=line, hint="name a file inside the folder")
    if "\\" in relative:
        raise LoadError(f"the file name {shown} holds a backslash", file=file, line=line, hint="separate with '/'")
    is_absolute = relative.startswith("/") or _DRIVE.match(relative) is not None
    if is_absolute or ".." in relative.split("/") or not _is_inside(root / relative, root):
        _refuse_outside(shown, file, line)
    return root / relative


def _is_inside(path: Path, root: Path) -> bool:
    try:
        real, folder = os.path.realpath(path), os.path.realpath(root)
    except ValueError:  # a NUL character: reading refuses it with its own words
        return False
    return real != folder and Path(real).is_relative_to(folder)


def _refuse_outside(shown: str, file: str | None, line: int | None) -> NoReturn:
    raise LoadError(
        f"{shown} leads outside the folder it must stay in",
        file=file,
        line=line,
        hint="copy the file into the folder; links and '..' that lead out of it are never followed",
    )


def _read(path: Path, name: str, max_bytes: int) -> bytes:
    status = path.stat()
    if stat.S_ISDIR(status.st_mode):
        raise LoadError("a folder, not a file", file=name, hint="name a YAML or JSON file")
    if not stat.S_ISREG(status.st_mode):
        # Opening a pipe would wait for a writer for ever.
        raise LoadError("not a regular file", file=name, hint="copy its content to a file first")
    if status.st_size <= max_bytes:
        with path.open("rb") as stream:
            data = stream.read(max_bytes + 1)  # it may have grown since
        if len(data) <= max_bytes:
            return data
    raise LoadError(
        f"larger than {max_bytes:,} bytes ({status.st_size:,} seen)",
        file=name,
        hint="split it into files, or remove embedded samples",
    )


def _refuse_unreadable(name: str, error: OSError) -> NoReturn:
    if isinstance(error, FileNotFoundError | NotADirectoryError):
        raise LoadError("no such file", file=name, hint="check the path, and the folder you are in") from None
    if isinstance(error, PermissionError):
        raise LoadError("you may not read this file", file=name, hint="check its permissions") from None
    raise LoadError(f"cannot be read: {error.strerror}", file=name, hint="check the path") from None


def _format_of(name: str) -> str:
    return "json" if name.lower().endswith(".json") else "yaml"


def _load(data: bytes, name: str, format_: str, path: Path | None) -> Loaded:
    text = _decode(data, name)
    strays: tuple[int, ...] = ()
    if format_ == "json":
        builder = read_json(text, name)
    elif format_ == "yaml":
        builder, strays = read_yaml(text, name)
    else:
        raise LoadError(f"the format {format_!r} is not known", file=name, hint="use 'yaml' or 'json'")
    value, mark = builder.finished()
    return Loaded(value, data, name, strays, format_, mark, path)


def _encode(text: str, name: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        raise LoadError(
            "a character is half of a surrogate pair", file=name, line=line, hint="remove it, or write the other half"
        ) from None


def _decode(data: bytes, name: str) -> str:
    if data[:2] in _OTHER_ENCODINGS:
        raise LoadError(f"encoded as {_OTHER_ENCODINGS[data[:2]]}", file=name, line=1, hint="save the file as UTF-8")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise LoadError(
            f"not UTF-8: the byte 0x{byte:02x} has no meaning here", file=name, line=line, hint="save the file as UTF-8"
        ) from None
