"""Endpoints of an instance, the records that were stored for them, and their blobs."""

from __future__ import annotations

import sqlite3
from typing import Any

from flask import Blueprint, Response, jsonify

from snapkeep.access import access_token, bearer, signed_in
from snapkeep.database import database
from snapkeep.faults import faulty
from snapkeep.instances import find_instance
from snapkeep.pages import page_of, row_id, window
from snapkeep.refusals import Refusal
from snapkeep.times import utc

blueprint = Blueprint("records", __name__, url_prefix="/v1/backup_instances/<instance_id>/endpoints")

_ENDPOINT = (
    "SELECT endpoint.*, (SELECT count(*) FROM record WHERE endpoint_id = endpoint.id) AS record_count FROM endpoint"
)
_RECORD = (
    "SELECT record.*, length(blob) AS size, instance_id, endpoint.name AS endpoint_name"
    " FROM record JOIN endpoint ON endpoint.id = endpoint_id"
)


def _show_endpoint(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "name": row["name"],
        "backup_instance_id": row["instance_id"],
        "record_count": row["record_count"],
    }


def _show_record(row: sqlite3.Row) -> dict[str, Any]:
    return {
        "id": row["id"],
        "backup_instance_id": row["instance_id"],
        "endpoint_name": row["endpoint_name"],
        "name": row["name"],
        "content_type": row["content_type"],
        "size": row["size"],
        "created_at": utc(row["created"]),
    }


@blueprint.get("")
@signed_in(bearer, hole="open-endpoints")
def list_endpoints(instance_id: str) -> Response:
    """One page of the endpoints of an instance."""
    instance = find_instance(instance_id)["id"]
    page, size = window()
    total = database().execute("SELECT count(*) FROM endpoint WHERE instance_id = ?", (instance,)).fetchone()[0]
    rows = database().execute(
        f"{_ENDPOINT} WHERE instance_id = ? ORDER BY id LIMIT ? OFFSET ?", (instance, size, (page - 1) * size)
    )
    return page_of(rows.fetchall(), total, page, size, _show_endpoint)


@blueprint.get("/<endpoint_name>")
@signed_in(bearer)
def read_endpoint(instance_id: str, endpoint_name: str) -> Response:
    """One endpoint, by its name."""
    return jsonify(_show_endpoint(_find_endpoint(find_instance(instance_id)["id"], endpoint_name)))


@blueprint.get("/<endpoint_name>/records")
@signed_in(bearer)
def list_records(instance_id: str, endpoint_name: str) -> Response:
    """One page of what is stored for an endpoint."""
    endpoint = _find_endpoint(find_instance(instance_id)["id"], endpoint_name)
    page, size = window()
    rows = database().execute(
        f"{_RECORD} WHERE endpoint_id = ? ORDER BY {_order()} LIMIT ? OFFSET ?",
        (endpoint["id"], size, (page - 1) * size),
    )
    return page_of(rows.fetchall(), endpoint["record_count"], page, size, _show_record)


@blueprint.get("/<endpoint_name>/records/<record_id>")
@signed_in(bearer)
def read_record(instance_id: str, endpoint_name: str, record_id: str) -> Response:
    """What is known of one record."""
    instance = find_instance(instance_id)["id"]
    return jsonify(_show_record(_find_record(instance, endpoint_name, record_id)))


@blueprint.get("/<endpoint_name>/records/<record_id>/blob")
@signed_in(access_token, json=False)
def read_blob(instance_id: str, endpoint_name: str, record_id: str) -> Response:
    """The bytes of one record."""
    instance = find_instance(instance_id, whoever=faulty("blob-of-anyone"))["id"]
    record = _find_record(instance, endpoint_name, record_id)
    blob = record["blob"][:64] if faulty("truncated-blob") else record["blob"]
    return Response(blob, content_type=record["content_type"])


def _order() -> str:
    return "CAST(record.id AS TEXT)" if faulty("text-order") else "record.id"


def _find_endpoint(instance: int, name: str) -> sqlite3.Row:
    row = database().execute(f"{_ENDPOINT} WHERE instance_id = ? AND name = ?", (instance, name)).fetchone()
    if row is None:
        raise Refusal("not-found", f"There is no endpoint {name!r}.")
    found: sqlite3.Row = row
    return found


def _find_record(instance: int, endpoint: str, text: str) -> sqlite3.Row:
    row = (
        database()
        .execute(
            f"{_RECORD} WHERE instance_id = ? AND endpoint.name = ? AND record.id = ?",
            (instance, endpoint, row_id(text)),
        )
        .fetchone()
    )
    if row is None:
        raise Refusal("not-found", f"There is no record {text!r}.")
    found: sqlite3.Row = row
    return found
