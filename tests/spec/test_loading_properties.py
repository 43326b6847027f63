"""Laws of loading, over generated documents."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from spec.errors import LoadError
from spec.loading import Loaded, load_text
from spec.loading.reference import Parts

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
values = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=5) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner)
    ),
    max_leaves=25,
)

# PyYAML writes these without quotes, since for YAML 1.1 they are no numbers; for the core schema they are.
only_core_numbers = re.compile(r"[-+]?(0o[0-7]+|\.?[0-9]+\.?[0-9]*[eE][-+]?[0-9]+|[0-9]+)|[-+]?\.[0-9]+")


def means_another_thing_to_pyyaml(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(means_another_thing_to_pyyaml, (*value, *value.values())))
    if isinstance(value, list):
        return any(map(means_another_thing_to_pyyaml, value))
    # Its emitter also loses the line breaks of Unicode where it folds a long key.
    return isinstance(value, str) and (
        only_core_numbers.fullmatch(value) is not None or bool({*value} & {*"\x85\u2028\u2029"})
    )


def are_same(left: Any, right: Any) -> bool:
    """Equal, and of equal types all the way down."""
    return json.dumps(left) == json.dumps(right)


def paths_of(value: Any, parts: Parts = ()) -> Iterator[tuple[Parts, Any]]:
    yield parts, value
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for part, member in members:
        yield from paths_of(member, (*parts, part))


def read_or_refuse(data: bytes, name: str) -> Loaded | LoadError:
    try:
        return load_text(data, name)
    except LoadError as error:
        return error


@given(values, st.booleans(), st.sampled_from([None, 1]))
def test_json_comes_back_as_it_was_written(value: Any, ensure_ascii: bool, indent: int | None) -> None:
    text = json.dumps(value, ensure_ascii=ensure_ascii, indent=indent)
    assert are_same(load_text(text, "doc.json").value, value)


@given(values.filter(lambda value: not means_another_thing_to_pyyaml(value)), st.booleans())
def test_yaml_comes_back_as_it_was_written(value: Any, allow_unicode: bool) -> None:
    text = yaml.safe_dump(value, allow_unicode=allow_unicode, sort_keys=False)
    assert are_same(load_text(text, "doc.yaml").value, value)


@given(values)
def test_quoted_yaml_comes_back_as_it_was_written(value: Any) -> None:
    text = yaml.safe_dump(value, default_style='"', sort_keys=False)
    assert are_same(load_text(text, "doc.yaml").value, value)


@pytest.mark.parametrize("name", ["doc.yaml", "doc.json"])
@given(data=st.binary() | st.text(alphabet="{}[]:,-?&*!|>'\"%#\\ \n\tae01.<~").map(str.encode))
def test_bytes_are_read_or_refused_with_a_line(name: str, data: bytes) -> None:
    loaded = read_or_refuse(data, name)
    if isinstance(loaded, LoadError):
        assert loaded.hint
        lines = re.split(rb"\r\n|[\r\n]|\xc2\x85|\xe2\x80[\xa8\xa9]", data)
        assert loaded.line is None or 1 <= loaded.line <= len(lines)
    else:
        assert are_same(load_text(json.dumps(loaded.value), "again.json").value, loaded.value)
        for parts, _ in paths_of(loaded.value):
            assert loaded.excerpt(parts) in data.decode("utf-8-sig")


@given(values)
def test_every_value_has_lines_that_lie_in_those_around_it(value: Any) -> None:
    loaded = load_text(json.dumps(value, indent=1), "doc.json")
    for parts, _ in paths_of(value):
        first, last = loaded.span(parts)
        low, high = loaded.span(parts[:-1])
        assert low <= first <= last <= high


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_keeps_its_value(number: float) -> None:
    read = load_text(repr(number), "doc.yaml").value
    assert math.copysign(1, read) == math.copysign(1, number)
    assert read == number
