"""Reloading when files change, without dropping a connection; what cannot be served is told, and the old stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from spec.errors import MockproofError

if TYPE_CHECKING:
    from mockserver.mock import Mock
    from mockserver.state.carrying import Misfit

Tell = Callable[["tuple[Misfit, ...] | MockproofError"], None]
"""Is told what a reload could not keep, or why there was none."""

_ENDINGS: Final = (".yaml", ".yml", ".json", ".py")


async def watch(mock: Mock, paths: Iterable[Path], tell: Tell) -> None:
    """Reload whenever one of the files, or a file in one of the folders, has changed; never ends on its own."""
    # Rust code that a mock which watches nothing need not load.
    from watchfiles import awatch

    files, folders = _split(paths)

    def concerns(_change: object, changed: str) -> bool:
        path = Path(changed)
        return path.resolve() in files or (
            path.suffix in _ENDINGS and any(folder in path.resolve().parents for folder in folders)
        )

    watched = {path.parent for path in files} | folders | {inner for one in folders for inner in _below(one)}
    async for _ in awatch(*watched, watch_filter=concerns, recursive=False, debounce=400):
        await reload(mock, tell)


async def reload(mock: Mock, tell: Tell) -> None:
    """Read and compile beside the running requests, then change over between two of them."""
    try:
        engine = await asyncio.to_thread(mock.prepare)
    except MockproofError as error:
        tell(error)
    else:
        tell(mock.adopt(engine))


def _split(paths: Iterable[Path]) -> tuple[set[Path], set[Path]]:
    resolved = [path.resolve() for path in paths]
    return {path for path in resolved if not path.is_dir()}, {path for path in resolved if path.is_dir()}


def _below(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_dir())
