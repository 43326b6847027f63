"""Fields of a form that a client sends, read and checked."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from urllib.parse import parse_qsl

from flask import request

from snapkeep.faults import faulty
from snapkeep.refusals import Refusal

FREQUENCIES = ("hourly", "daily", "weekly")
FLAGS = {"true": True, "1": True, "false": False, "0": False}


def read_form(prefix: str) -> dict[str, str]:
    """Fields named `prefix[field]`, by field; a field that is sent twice counts as it came last."""
    raw = request.get_data(parse_form_data=False)
    if not raw:
        return {}
    if request.mimetype != "application/x-www-form-urlencoded":
        raise Refusal("unsupported-media-type", "Send a form: application/x-www-form-urlencoded.")
    try:
        pairs = parse_qsl(raw.decode(), keep_blank_values=True, errors="strict", max_num_fields=200)
    except ValueError as error:
        raise Refusal("malformed", "The form cannot be read.") from error
    if faulty("trimmed-forms"):
        pairs = [(name, value.strip()) for name, value in pairs]
    if faulty("composed-names"):
        pairs = [(name, unicodedata.normalize("NFKC", value)) for name, value in pairs]
    opening = f"{prefix}["
    return {
        name.removeprefix(opening)[:-1]: value
        for name, value in pairs
        if name.startswith(opening) and name.endswith("]")
    }


def checked(problems: dict[str, str]) -> None:
    """Refuse a form in which something is wrong."""
    if problems:
        raise Refusal("invalid-request", "The form is not valid.", problems)


def is_date(text: str) -> bool:
    """Whether a text is a day of the calendar, written YYYY-MM-DD."""
    try:
        return bool(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text) and date.fromisoformat(text))
    except ValueError:
        return False
