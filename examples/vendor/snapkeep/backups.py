"""Backups: runs that are queued, run for a while and end."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify

from snapkeep.access import bearer, signed_in
from snapkeep.database import advance_jobs, database, transaction
from snapkeep.faults import faulty
from snapkeep.instances import find_instance
from snapkeep.pages import page_of, row_id, window
from snapkeep.refusals import Refusal
from snapkeep.times import utc

blueprint = Blueprint("backups", __name__, url_prefix="/v1/backup_instances/<instance_id>/backups")


def show_backup(row: sqlite3.Row) -> dict[str, Any]:
    """A backup as the interface writes it."""
    shown = {
        "id": row["id"],
        "backup_instance_id": row["instance_id"],
        "status": row["status"],
        "created_at": utc(row["created"]),
        "started_at": utc(row["started"]),
        "finished_at": utc(row["finished"]),
        "size": row["size"],
    }
    return {name: value for name, value in shown.items() if value is not None or not faulty("fields-left-out")}


@blueprint.get("")
@signed_in(bearer)
def list_backups(instance_id: str) -> Response:
    """One page of the backups of an instance."""
    instance = find_instance(instance_id)["id"]
    advance_jobs(database())
    page, size = window()
    offset = (page - 1) * (size - 1 if faulty("overlapping-pages") else size)
    total = database().execute("SELECT count(*) FROM backup WHERE instance_id = ?", (instance,)).fetchone()[0]
    rows = database().execute(
        "SELECT * FROM backup WHERE instance_id = ? ORDER BY id LIMIT ? OFFSET ?", (instance, size, offset)
    )
    return page_of(rows.fetchall(), total, page, size, show_backup)


@blueprint.post("")
@signed_in(bearer, writes=True)
def create_backup(instance_id: str) -> Response:
    """A backup that starts as soon as there is room for it."""
    instance = find_instance(instance_id, whoever=faulty("anyone-may-back-up"))["id"]
    connection = database()
    seconds = current_app.config["BACKUP_SECONDS"]
    with transaction(connection):
        made = connection.execute(
            "INSERT INTO backup (instance_id, queue_seconds, run_seconds, created) VALUES (?, ?, ?, ?)",
            (instance, seconds / 5, seconds * 4 / 5, time.time()),
        ).lastrowid
    return jsonify(show_backup(connection.execute("SELECT * FROM backup WHERE id = ?", (made,)).fetchone()))


@blueprint.get("/active")
@signed_in(bearer)
def read_active_backup(instance_id: str) -> Response:
    """The backup that is queued or running; the oldest one, if there are several."""
    instance = find_instance(instance_id)["id"]
    advance_jobs(database())
    wanted = "1 ORDER BY id DESC" if faulty("active-is-last") else "status IN ('queued', 'running') ORDER BY id"
    row = (
        database()
        .execute(f"SELECT * FROM backup WHERE instance_id = ? AND {wanted} LIMIT 1", (instance,))  # noqa: S608
        .fetchone()
    )
    if row is None and not faulty("active-crash"):
        raise Refusal("not-found", "No backup is active.")
    return jsonify(show_backup(row))


@blueprint.get("/<backup_id>")
@signed_in(bearer)
def read_backup(instance_id: str, backup_id: str) -> Response:
    """One backup of an instance."""
    instance = find_instance(instance_id)["id"]
    advance_jobs(database())
    return jsonify(show_backup(find_backup(instance, backup_id)))


def find_backup(instance: int, text: str) -> sqlite3.Row:
    """The backup with an id, if it is one of this instance."""
    row = (
        database()
        .execute(
            "SELECT backup.* FROM backup JOIN instance ON instance.id = instance_id"
            " JOIN customer ON customer.id = customer_id WHERE backup.id = ? AND tenant = ? AND (instance_id = ? OR ?)",
            (row_id(text), g.caller.tenant, instance, faulty("wrong-parent")),
        )
        .fetchone()
    )
    if row is None:
        raise Refusal("not-found", f"There is no backup {text!r}.")
    found: sqlite3.Row = row
    return found
