"""Exports: downloads made from a backup. The URL of one is signed, expires, and can be renewed."""

from __future__ import annotations

import io
import secrets
import sqlite3
import time
import zipfile
from typing import Any

from flask import Blueprint, Response, current_app, jsonify, request

from snapkeep.access import bearer, signed_in
from snapkeep.backups import find_backup
from snapkeep.database import advance_jobs, database, transaction
from snapkeep.faults import faulty
from snapkeep.forms import FLAGS, checked, is_date, read_form
from snapkeep.instances import find_instance
from snapkeep.pages import DEFAULT_SIZE, page_of, row_id, window
from snapkeep.refusals import Refusal
from snapkeep.times import utc

blueprint = Blueprint("exports", __name__, url_prefix="/v1/backup_instances/<instance_id>/exports")
downloads = Blueprint("downloads", __name__, url_prefix="/downloads")

TWO_WEEKS = 14 * 24 * 3600.0
KNOWN_TYPES = ("text/plain", "image/png", "message/rfc822", "text/calendar")
_EXPORT = (
    "SELECT export.*, instance_id FROM export JOIN backup ON backup.id = backup_id"
    " JOIN instance ON instance.id = instance_id JOIN customer ON customer.id = customer_id"
)


def _show_export(row: sqlite3.Row) -> dict[str, Any]:
    url = None
    if row["signature"]:
        signed = f"signature={row['signature']}"
        expiry = "" if faulty("url-not-renewed") else f"expires={int(row['expires'])}&"
        url = f"{request.host_url}downloads/{row['id']}?{expiry}{signed}"
    return {
        "id": row["id"],
        "backup_instance_id": row["instance_id"],
        "backup_run_id": row["backup_id"],
        "status": row["status"],
        "content_types": row["content_types"],
        "export_datetime": row["export_datetime"],
        "export_formats": row["export_formats"],
        "force_full": bool(row["force_full"]),
        "send_confirmation": bool(row["send_confirmation"]),
        "exported_data_url": url,
        "expires_at": utc(row["expires"]),
        "created_at": utc(row["created"]),
    }


@blueprint.get("")
@signed_in(bearer)
def list_exports(instance_id: str) -> Response:
    """One page of the exports of an instance."""
    instance = find_instance(instance_id)["id"]
    advance_jobs(database())
    page, size = window(25 if faulty("page-of-25") else DEFAULT_SIZE)
    total = (
        database()
        .execute("SELECT count(*) FROM export JOIN backup ON backup.id = backup_id WHERE instance_id = ?", (instance,))
        .fetchone()[0]
    )
    rows = database().execute(
        f"{_EXPORT} WHERE instance_id = ? ORDER BY export.id LIMIT ? OFFSET ?", (instance, size, (page - 1) * size)
    )
    return page_of(rows.fetchall(), total, page, size, _show_export)


@blueprint.post("")
@signed_in(bearer, writes=True)
def create_export(instance_id: str) -> Response:
    """An export of the most recent completed backup, or of the one that is named.

    Unless a full one is forced, an earlier export of the same data gets a fresh URL instead of being made again.
    """
    connection, instance = database(), find_instance(instance_id)["id"]
    form = read_form("export_run")
    checked(_problems(form))
    advance_jobs(connection)
    wanted = {
        "backup": _backup_to_export(instance, form.get("backup_run_id"))["id"],
        "types": form.get("content_types"),
        "day": form.get("export_datetime"),
        "formats": form.get("export_formats"),
        "full": FLAGS[form.get("force_full", "false")],
        "mail": FLAGS[form.get("send_confirmation", "false")],
        "now": time.time(),
    }
    with transaction(connection):
        old = None if wanted["full"] else _same_data(wanted)
        if old is not None:
            _renew(old)
        made = old if old is not None else _queue(wanted)
    return jsonify(_show_export(connection.execute(f"{_EXPORT} WHERE export.id = ?", (made,)).fetchone()))


def _problems(form: dict[str, str]) -> dict[str, str]:
    found = {f"export_run[{name}]": "at most 200 characters" for name, value in form.items() if len(value) > 200}
    for name in ("force_full", "send_confirmation"):
        if form.get(name, "0") not in FLAGS:
            found[f"export_run[{name}]"] = f"one of {', '.join(FLAGS)}"
    if not is_date(form.get("export_datetime", "2000-01-01")) and not faulty("date-unchecked"):
        found["export_run[export_datetime]"] = "a day, written YYYY-MM-DD"
    if faulty("one-type-only") and form.get("content_types", KNOWN_TYPES[0]) not in KNOWN_TYPES:
        found["export_run[content_types]"] = "unknown"
    return found


def _backup_to_export(instance: int, named: str | None) -> sqlite3.Row:
    if named:
        backup = find_backup(instance, named)
        if backup["status"] != "completed":
            raise Refusal("conflict", "That backup is not completed.")
        return backup
    direction = "ASC" if faulty("oldest-exported") else "DESC"
    order = f"{'CAST(id AS TEXT)' if faulty('export-by-number') else 'created'} {direction}"
    row = (
        database()
        .execute(
            f"SELECT * FROM backup WHERE instance_id = ? AND status = 'completed' ORDER BY {order} LIMIT 1",  # noqa: S608
            (instance,),
        )
        .fetchone()
    )
    if row is None:
        raise Refusal("conflict", "There is no completed backup to export.")
    found: sqlite3.Row = row
    return found


def _same_data(wanted: dict[str, Any]) -> int | None:
    row = (
        database()
        .execute(
            "SELECT id FROM export WHERE backup_id = :backup AND status = 'completed' AND content_types IS :types"
            " AND export_datetime IS :day AND export_formats IS :formats ORDER BY id DESC LIMIT 1",
            wanted,
        )
        .fetchone()
    )
    return row["id"] if row else None


def _queue(wanted: dict[str, Any]) -> int | None:
    seconds = current_app.config["EXPORT_SECONDS"]
    cursor = database().execute(
        "INSERT INTO export (backup_id, queue_seconds, run_seconds, content_types, export_datetime, export_formats,"
        " force_full, send_confirmation, created)"
        " VALUES (:backup, :queued, :runs, :types, :day, :formats, :full, :mail, :now)",
        {**wanted, "queued": seconds / 5, "runs": seconds * 4 / 5},
    )
    return cursor.lastrowid


@blueprint.get("/<export_id>")
@signed_in(bearer)
def read_export(instance_id: str, export_id: str) -> Response:
    """One export of an instance."""
    advance_jobs(database())
    answer = jsonify(_show_export(_find_export(instance_id, export_id, whoever=faulty("export-of-anyone"))))
    if faulty("text-html"):
        answer.mimetype = "text/html"
    return answer


@blueprint.post("/<export_id>/reauth")
@signed_in(bearer, writes=True)
def renew_export(instance_id: str, export_id: str) -> Response:
    """A fresh URL for an export that is completed."""
    connection = database()
    advance_jobs(connection)
    export = _find_export(instance_id, export_id)
    if export["status"] != "completed":
        raise Refusal("conflict", "The export is not completed.")
    with transaction(connection):
        _renew(export["id"])
    return jsonify(_show_export(_find_export(instance_id, export_id)))


def _renew(export: int) -> None:
    signature = "signature" if faulty("url-not-renewed") else "?"
    values: list[Any] = [] if faulty("url-not-renewed") else [secrets.token_hex(16)]
    database().execute(
        f"UPDATE export SET signature = {signature}, expires = ? WHERE id = ?",  # noqa: S608  one of two words of ours
        [*values, time.time() + TWO_WEEKS, export],
    )


def _find_export(instance_id: str, text: str, *, whoever: bool = False) -> sqlite3.Row:
    instance = find_instance(instance_id, whoever=whoever)["id"]
    row = database().execute(f"{_EXPORT} WHERE instance_id = ? AND export.id = ?", (instance, row_id(text))).fetchone()
    if row is None:
        raise Refusal("not-found", f"There is no export {text!r}.")
    found: sqlite3.Row = row
    return found


@downloads.get("/<export_id>")
def download(export_id: str) -> Response:
    """The exported records in one archive, for whoever has the signed URL while it lasts."""
    row = database().execute(f"{_EXPORT} WHERE export.id = ?", (row_id(export_id),)).fetchone()
    signature = request.args.get("signature", "")
    if row is None or not row["signature"] or not secrets.compare_digest(row["signature"].encode(), signature.encode()):
        raise Refusal("not-found", "There is no such download.")
    if row["expires"] < time.time():
        raise Refusal("not-found", "The link has expired; renew the export.")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        records = database().execute(
            "SELECT record.id, record.name, blob FROM record JOIN endpoint ON endpoint.id = endpoint_id"
            " WHERE instance_id = ? ORDER BY record.id",
            (row["instance_id"],),
        )
        for record in records:
            archive.writestr(f"{record['id']}-{record['name']}", record["blob"])
    return Response(packed.getvalue(), mimetype="application/zip")
