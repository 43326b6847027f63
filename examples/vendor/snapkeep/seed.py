"""What is in the database on the first day: two tenants, one of them with more than two pages of everything."""

from __future__ import annotations

import sqlite3
import time
import uuid

from snapkeep.database import transaction

TOKENS = (
    ("snapkeep-owner", "northwind", True),
    ("snapkeep-reader", "northwind", False),
    ("snapkeep-other", "southgate", True),
)
"""Secret, tenant, and whether it may change things."""

DEFINITIONS = {
    "office": "mailbox agenda files",
    "warehouse": " ".join(f"shelf-{n:02}" for n in range(1, 26)),
    "web-shop": "orders images",
}
FREQUENCIES = ("weekly", "daily", "hourly")
DAY = 24 * 3600.0
LINES = b"Never trust a backup that you have not restored.\n"


def fill(connection: sqlite3.Connection) -> None:
    """Put the first day's data in."""
    now = float(int(time.time()))
    with transaction(connection):
        connection.executemany("INSERT INTO token VALUES (?, ?, ?)", TOKENS)
        connection.executemany("INSERT INTO definition VALUES (?, ?)", DEFINITIONS.items())
        customers = [(f"nw-{n}", "northwind") for n in range(1, 6)] + [("sg-1", "southgate"), ("sg-2", "southgate")]
        connection.executemany("INSERT INTO customer VALUES (?, ?)", customers)
        connection.execute("INSERT INTO sqlite_sequence (name, seq) VALUES ('instance', 7000), ('backup', 300)")
        for number in range(62):
            _instance(connection, number, now)
        _service_instances(connection, now)
        _database_instances(connection, now)


def _instance(connection: sqlite3.Connection, number: int, now: float) -> None:
    """Every fourth instance is the other tenant's; the first one has a lot of everything."""
    customer = f"sg-{number % 2 + 1}" if number % 4 == 3 else f"nw-{number % 5 + 1}"
    definition = ("warehouse", "office", "web-shop")[number % 3]
    born = now - (400 - number) * DAY
    instance = connection.execute(
        "INSERT INTO instance (definition_id, customer_id, frequency, created, updated) VALUES (?, ?, ?, ?, ?)",
        (definition, customer, FREQUENCIES[number % 3], born, born + DAY),
    ).lastrowid
    for place, name in enumerate(DEFINITIONS[definition].split()):
        endpoint = connection.execute(
            "INSERT INTO endpoint (instance_id, name) VALUES (?, ?)", (instance, name)
        ).lastrowid
        _records(connection, endpoint, 45 if number == 0 and place == 0 else 2, born)
    backups = _backups(connection, instance, 44 if number == 0 else number % 4, now)
    if number % 3 == 1:
        _running_backup(connection, instance, now)
    for day in range(30 if number == 0 else 1):
        if backups:
            _export(connection, backups[-1 - day % len(backups)], day, now)


def _records(connection: sqlite3.Connection, endpoint: int | None, count: int, born: float) -> None:
    kinds = (("note.txt", "text/plain"), ("letter.eml", "message/rfc822"), ("scan.png", "image/png"))
    for number in range(count):
        name, content_type = kinds[number % 3]
        blob = b"\x89PNG\r\n\x1a\n\x00" + LINES * 9 if content_type == "image/png" else LINES * (number % 5 + 2)
        connection.execute(
            "INSERT INTO record (endpoint_id, name, content_type, blob, created) VALUES (?, ?, ?, ?, ?)",
            (endpoint, f"{99 - number}-{name}", content_type, blob, born + 2 * DAY),
        )


def _backups(connection: sqlite3.Connection, instance: int | None, count: int, now: float) -> list[int]:
    """Nightly backups, oldest first; every seventh failed. Ids of the completed ones."""
    completed = []
    for number in range(count):
        begun = now - (count - number) * DAY
        failed = number % 7 == 3
        made = connection.execute(
            "INSERT INTO backup (instance_id, status, queue_seconds, run_seconds, created, started, finished, size)"
            " VALUES (?, ?, 4, 600, ?, ?, ?, ?)",
            (
                instance,
                "failed" if failed else "completed",
                begun,
                begun + 4,
                begun + 604,
                None if failed else 5_000_000 + number,
            ),
        ).lastrowid
        if made is not None and not failed:
            completed.append(made)
    return completed


def _running_backup(connection: sqlite3.Connection, instance: int | None, now: float) -> None:
    connection.execute(
        "INSERT INTO backup (instance_id, status, queue_seconds, run_seconds, created, started)"
        " VALUES (?, 'running', 4, 86400, ?, ?)",
        (instance, now - 60, now - 56),
    )


def _export(connection: sqlite3.Connection, backup: int, day: int, now: float) -> None:
    """A completed export; the URLs of the older ones have expired."""
    begun = now - (30 - day) * DAY
    connection.execute(
        "INSERT INTO export (backup_id, status, queue_seconds, run_seconds, content_types, export_formats, force_full,"
        " send_confirmation, signature, expires, created)"
        " VALUES (?, 'completed', 1, 9, 'text/plain,image/png', 'tar', ?, 0, lower(hex(randomblob(16))), ?, ?)",
        (backup, day % 2, begun + 14 * DAY, begun),
    )


def _service_instances(connection: sqlite3.Connection, now: float) -> None:
    """One instance of each tenant, and the one that the samples of the documentation name."""
    owners = {
        _uuid("service northwind"): "northwind",
        _uuid("service southgate"): "southgate",
        "6a1f0c52-3b1d-4e8a-9c00-000000000003": "northwind",
    }
    connection.executemany("INSERT INTO service_instance VALUES (?, ?)", owners.items())
    for guid in owners:
        for number in range(7):
            connection.execute(
                "INSERT INTO service_backup VALUES (?, ?, ?)",
                (_uuid(f"{guid} {number}"), guid, int(now - (7 - number) * DAY)),
            )


def _database_instances(connection: sqlite3.Connection, now: float) -> None:
    """Two instances of an account of each tenant, and the one that the samples of the documentation name."""
    found = [
        (_uuid(f"database {account} {n}"), account, tenant)
        for account, tenant in (("nw-7781", "northwind"), ("sg-4410", "southgate"), ("1234", "northwind"))
        for n in (1, 2)
    ]
    found.append(("34d6c8bf-539e-47d1-8a06-2b7590521309", "1234", "northwind"))
    connection.executemany("INSERT INTO database_instance VALUES (?, ?, ?)", found)
    for instance, _, _ in found:
        full = _uuid(f"{instance} full")
        for number in range(5):
            begun = now - (5 - number) * DAY
            connection.execute(
                "INSERT INTO database_backup VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    full if number == 0 else _uuid(f"{instance} {number}"),
                    instance,
                    f"nightly-{number + 1}",
                    None if number % 2 else "full",
                    None if number == 0 else full,
                    "FAILED" if number == 3 else "COMPLETED",
                    None if number == 3 else 0.5 + number,
                    begun,
                    begun + 90,
                ),
            )


def _uuid(text: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"snapkeep {text}"))
