"""The database: one connection for each request, one transaction for each change."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flask import current_app, g


def connect(path: Path) -> sqlite3.Connection:
    """A connection that starts no transaction by itself and names its columns."""
    connection = sqlite3.connect(path, timeout=10, isolation_level=None)
    connection.row_factory = sqlite3.Row
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = OFF")
    return connection


def create_tables(path: Path) -> None:
    """Make an empty database in which readers do not wait for writers."""
    connection = connect(path)
    connection.execute("PRAGMA journal_mode = WAL")
    connection.executescript(Path(__file__).with_name("schema.sql").read_text(encoding="utf-8"))
    connection.close()


def database() -> sqlite3.Connection:
    """The connection of this request."""
    if "database" not in g:
        g.database = connect(current_app.config["DATABASE"])
    connection: sqlite3.Connection = g.database
    return connection


def close(_error: BaseException | None = None) -> None:
    """Close the connection of this request; what was not committed is lost."""
    connection = g.pop("database", None)
    if connection is not None:
        connection.close()


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[None]:
    """All statements inside, or none of them."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def advance_jobs(connection: sqlite3.Connection) -> None:
    """Move backups and exports on to the state that is due by now."""
    now = {"now": time.time()}
    with transaction(connection):
        for table in ("backup", "export"):
            started = ", started = created + queue_seconds" if table == "backup" else ""
            connection.execute(
                f"UPDATE {table} SET status = 'running'{started}"  # noqa: S608  our own words
                " WHERE status = 'queued' AND created + queue_seconds <= :now",
                now,
            )
        connection.execute(
            "UPDATE backup SET status = outcome, finished = started + run_seconds,"
            " size = CASE outcome WHEN 'completed' THEN 1048576 + 4096 * id END"
            " WHERE status = 'running' AND started + run_seconds <= :now",
            now,
        )
        connection.execute(
            "UPDATE export SET status = 'completed', signature = lower(hex(randomblob(16))), expires = :now + 1209600"
            " WHERE status = 'running' AND created + queue_seconds + run_seconds <= :now",
            now,
        )
