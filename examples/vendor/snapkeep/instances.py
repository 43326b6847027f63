"""Backup instances: what is backed up, for whom, and how often."""

from __future__ import annotations

import sqlite3
import time
from typing import Any

from flask import Blueprint, Response, current_app, g, jsonify, request

from snapkeep.access import bearer, signed_in
from snapkeep.database import database, transaction
from snapkeep.faults import faulty
from snapkeep.forms import FREQUENCIES, checked, read_form
from snapkeep.pages import page_of, row_id, window
from snapkeep.refusals import Refusal
from snapkeep.times import utc

blueprint = Blueprint("instances", __name__, url_prefix="/v1/backup_instances")

STANDARD_ENDPOINTS = "mailbox agenda"
"""What an instance of a definition that was never configured gets."""


def find_instance(text: str, *, whoever: bool = False) -> sqlite3.Row:
    """The instance with an id, if the caller's tenant has it; whoever: do not ask for the tenant."""
    row = (
        database()
        .execute(
            "SELECT instance.* FROM instance JOIN customer ON customer.id = instance.customer_id"
            " WHERE instance.id = ? AND (customer.tenant = ? OR ?)",
            (row_id(text), g.caller.tenant, whoever),
        )
        .fetchone()
    )
    if row is None:
        raise Refusal("not-found", f"There is no backup instance {text!r}.")
    found: sqlite3.Row = row
    return found


def show_instance(row: sqlite3.Row) -> dict[str, Any]:
    """An instance as the interface writes it."""
    return {
        "id": row["id"],
        "backup_definition_id": row["definition_id"],
        "customer_id": row["customer_id"],
        "backup_frequency": row["frequency"],
        "created_at": utc(row["created"]),
        "updated_at": utc(row["updated"]),
    }


@blueprint.get("")
@signed_in(bearer)
def list_instances() -> Response:
    """One page of the tenant's instances, of all definitions or of one."""
    page, size = window()
    where, values = "customer.tenant = ?", [g.caller.tenant]
    definition = request.args.get("backup_definition_id")
    if definition is not None and faulty("quote-crash"):
        where += f" AND definition_id = '{definition}'"
    elif definition is not None and not faulty("filter-ignored"):
        where, values = f"{where} AND definition_id {_comparison()}", [*values, definition]
    source = f"FROM instance JOIN customer ON customer.id = instance.customer_id WHERE {where}"
    order = "instance.created DESC" if faulty("newest-first") else "instance.id"
    total = database().execute(f"SELECT count(*) {source}", values).fetchone()[0]
    if faulty("cached-counts"):
        total = current_app.config["CACHE"].setdefault(tuple(values), total)
    rows = database().execute(
        f"SELECT instance.* {source} ORDER BY {order} LIMIT ? OFFSET ?",
        [*values, size, (page - 1) * size],
    )
    return page_of(rows.fetchall(), total, page, size, show_instance)


def _comparison() -> str:
    if faulty("wildcard-filter"):
        return "LIKE ?"
    return "= ? COLLATE NOCASE" if faulty("blind-ids") else "= ?"


@blueprint.post("")
@signed_in(bearer, writes=True)
def create_instance() -> Response:
    """A new instance, with the endpoints that its definition names."""
    form = read_form("backup_instance")
    frequency = form.get("frequency" if faulty("frequency-lost") else "backup_frequency", "daily")
    problems = _frequency_problems(frequency)
    for field in ("backup_definition_id", "customer_id"):
        if not 1 <= len(form.get(field, "")) <= 64:
            problems[f"backup_instance[{field}]"] = "needed, with 1 to 64 characters"
    checked(problems)
    connection, now = database(), time.time()
    with transaction(connection):
        _claim_customer(form["customer_id"])
        cursor = connection.execute(
            "INSERT INTO instance (definition_id, customer_id, frequency, created, updated) VALUES (?, ?, ?, ?, ?)",
            (form["backup_definition_id"], form["customer_id"], frequency, now, now),
        )
        made = cursor.lastrowid
        definition = connection.execute(
            "SELECT endpoints FROM definition WHERE id = ?", (form["backup_definition_id"],)
        ).fetchone()
        for name in (definition["endpoints"] if definition else STANDARD_ENDPOINTS).split():
            cursor.execute("INSERT INTO endpoint (instance_id, name) VALUES (?, ?)", (made, name))
        row = connection.execute("SELECT * FROM instance WHERE id = ?", (made,)).fetchone()
    shown = show_instance(row)
    return jsonify({**shown, "id": cursor.lastrowid} if faulty("wrong-new-id") else shown)


def _claim_customer(customer: str) -> None:
    """A customer that nobody has becomes the caller's; another tenant's is refused."""
    connection = database()
    connection.execute("INSERT OR IGNORE INTO customer (id, tenant) VALUES (?, ?)", (customer, g.caller.tenant))
    owner = connection.execute("SELECT tenant FROM customer WHERE id = ?", (customer,)).fetchone()["tenant"]
    if owner != g.caller.tenant:
        raise Refusal("forbidden", "That customer is not yours.")


@blueprint.get("/<instance_id>")
@signed_in(bearer)
def read_instance(instance_id: str) -> Response:
    """One instance."""
    shown = show_instance(find_instance(instance_id))
    if faulty("stale-cache"):
        shown = current_app.config["CACHE"].setdefault(shown["id"], shown)
    return jsonify(shown)


@blueprint.put("/<instance_id>")
@signed_in(bearer, writes=True)
def update_instance(instance_id: str) -> Response:
    """Another frequency for an instance."""
    connection, instance = database(), find_instance(instance_id)
    frequency = read_form("backup_instance").get("backup_frequency", "")
    checked(_frequency_problems(frequency))
    key = "customer_id" if faulty("update-hits-all") else "id"
    connection.execute("BEGIN IMMEDIATE")
    connection.execute(
        f"UPDATE instance SET frequency = ?, updated = ? WHERE {key} = ?",  # noqa: S608  one of two names of ours
        (frequency, time.time(), instance[key]),
    )
    if faulty("update-clears"):
        connection.execute("UPDATE instance SET definition_id = '' WHERE id = ?", (instance["id"],))
    row = connection.execute("SELECT * FROM instance WHERE id = ?", (instance["id"],)).fetchone()
    if not faulty("update-not-committed"):
        connection.execute("COMMIT")
    return jsonify(show_instance(row))


def _frequency_problems(frequency: str) -> dict[str, str]:
    if frequency in FREQUENCIES or faulty("frequency-unchecked"):
        return {}
    return {"backup_instance[backup_frequency]": f"one of {', '.join(FREQUENCIES)}"}
