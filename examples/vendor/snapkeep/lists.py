"""The two interfaces that only list: backups of service instances, and of database instances."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from flask import Blueprint, Response, g, jsonify, request

from snapkeep.access import auth_token, authorization, signed_in
from snapkeep.database import database
from snapkeep.faults import faulty
from snapkeep.pages import number_from
from snapkeep.refusals import Refusal
from snapkeep.times import utc, zoneless

services = Blueprint("services", __name__, url_prefix="/v3/service_instances")
databases = Blueprint("databases", __name__, url_prefix="/v1.0/<account_id>/instances")

EVERYTHING = -1
"""A LIMIT that does not limit."""

_DATABASE_BACKUP = (
    "SELECT database_backup.* FROM database_backup JOIN database_instance ON database_instance.id = instance_id"
)


@services.get("/<guid>/backups")
@signed_in(authorization)
def list_service_backups(guid: str) -> Response:
    """The backups of a service instance, at most as many as the client wants."""
    found = database().execute("SELECT 1 FROM service_instance WHERE guid = ? AND tenant = ?", (guid, g.caller.tenant))
    if found.fetchone() is None:
        raise Refusal("not-found", "Service instance not found")
    limit = number_from("limit", 5000) or EVERYTHING
    if faulty("limit-plus-one") and limit != EVERYTHING:
        limit += 1
    rows = database().execute(
        "SELECT id, created FROM service_backup WHERE instance_guid = ? ORDER BY id LIMIT ?", (guid, limit)
    )
    shown = utc if faulty("iso-times") else int
    return jsonify({"backups": [{"id": row["id"], "created_at": shown(row["created"])} for row in rows]})


@databases.get("/<instance_id>/backups")
@signed_in(auth_token)
def list_database_backups(account_id: str, instance_id: str) -> Response:
    """The backups of a database instance; all of them, or a page after a marker."""
    account = database().execute("SELECT DISTINCT tenant FROM database_instance WHERE account = ?", (account_id,))
    if g.caller.tenant not in {row["tenant"] for row in account}:
        raise Refusal("forbidden", "That account is not yours.")
    known = database().execute(
        "SELECT 1 FROM database_instance WHERE id = ? AND account = ?", (instance_id, account_id)
    )
    if known.fetchone() is None:
        raise Refusal("not-found", f"Instance {instance_id} could not be found.")
    limit, marker = number_from("limit", 100), request.args.get("marker")
    if marker is not None and not 1 <= len(marker) <= 64:
        raise Refusal("invalid-request", "marker is not valid.")
    where = "account = :account" if faulty("all-databases") else "instance_id = :instance"
    values = {"account": account_id, "instance": instance_id, "marker": marker or ""}
    rows = (
        database()
        .execute(
            f"{_DATABASE_BACKUP} WHERE {where} AND database_backup.id > :marker ORDER BY database_backup.id LIMIT :n",
            {**values, "n": limit + 1 if limit else EVERYTHING},
        )
        .fetchall()
    )
    shown = rows[:limit] if limit else rows
    answer: dict[str, Any] = {"backups": [_show_database_backup(row) for row in shown]}
    if limit and len(rows) > limit:
        query = urlencode({"limit": limit, "marker": shown[-1]["id"]})
        answer["links"] = [{"rel": "next", "href": f"{request.base_url}?{query}"}]
    return jsonify(answer)


def _show_database_backup(row: Any) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "description": row["description"],
        "instance_id": row["instance_id"],
        "parent_id": row["parent_id"],
        "status": row["status"],
        "size": row["size"],
        "locationRef": None,
        "datastore": {"type": "mysql", "version": "8.0", "version_id": "5f1c7a52-0f6e-4b57-9a5e-7d6f1f0c2b11"},
        "created": zoneless(row["created"]),
        "updated": zoneless(row["updated"]),
    }
