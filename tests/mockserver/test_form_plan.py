from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Refusal
from mockserver.forms.field import FormFields
from mockserver.forms.folding import gather, parse_pairs, unwrap
from mockserver.forms.plan import FormReader
from mockserver.judgement.schema import SchemaCompiler
from mockserver.judgement.strictness import Strictness
from spec.contract_reader import load_contract
from spec.schema import Direction

SHELF = load_contract(Path(__file__).parent.parent / "contracts" / "shelf.yaml")
PROPERTIES = {
    "box[name]": {"type": "string"},
    "box[size]": {"type": "integer"},
    "box[open]": {"type": "boolean"},
    "box[tags]": {"type": "array", "items": {"type": "string"}},
    "plain": {"type": "string"},
}
SCHEMA = {"type": "object", "properties": PROPERTIES}
COMPILER = SchemaCompiler(SHELF.document, Direction.REQUEST)
FIELDS = FormFields(SHELF, SCHEMA, COMPILER, "a form", {}, Strictness.NORMAL)
READER = FormReader(FIELDS)


def read_the_long_way(data: bytes) -> Any:
    values: dict[str, Any] = {}
    found = FIELDS.read(gather(parse_pairs(data, "body")), values)
    return values, unwrap(values), found


def outcome(read: Any, data: bytes) -> Any:
    try:
        return read(data)
    except Refusal as refusal:
        return refusal.reason, refusal.violations


names = st.one_of(st.sampled_from([*PROPERTIES, "box[other]", "else[name]"]), st.text(max_size=4))
spelled = st.one_of(names.map(quote), names.map(lambda name: quote(name, safe="[]")))
values = st.one_of(st.sampled_from(["1", "true", "x y", "%", "%ff", "a+b", "=", ""]), st.text(max_size=4).map(quote))
forms = st.lists(st.tuples(spelled, values), max_size=5).map(lambda pairs: "&".join("=".join(pair) for pair in pairs))


@given(forms)
def test_a_plan_reads_what_the_long_way_reads(form: str) -> None:
    data = form.encode()
    assert outcome(READER.read, data) == outcome(read_the_long_way, data)


@pytest.mark.parametrize("form", [b"", b"&&", b"box[size]", b"box%5Bsize%5D=07", b"plain=1&box[name]=2"])
def test_odd_forms_are_read_alike(form: bytes) -> None:
    assert outcome(READER.read, form) == outcome(read_the_long_way, form)
