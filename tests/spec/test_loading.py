"""What a loaded document holds: plain data, and the lines of every value."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import yaml

from spec.errors import LoadError
from spec.loading import load_document, load_text
from spec.loading.yaml_source import read_yaml

OUTLINE = """\
# An outline.
title: Things

paths:
  /a:
    get: {id: a,
      tags: [x,
        y]}

    # About put.
    put:
      text: |
        One.

        Two.


  "/b": &b
    - 1
    - more: 2
last: *b
empty:
"""


def value_of(text: str, name: str = "doc.yaml") -> Any:
    return load_text(text, name).value


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("yes", "yes"),
        ("off", "off"),
        ("2024-01-31", "2024-01-31"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("017", 17),
        ("0o17", 15),
        ("0x1F", 31),
        ("-5", -5),
        ("1e3", 1000.0),
        (".5", 0.5),
        ("1.", 1.0),
        ("1.2.3", "1.2.3"),
        ("'1'", "1"),
        ("! 1", "1"),
        ("!!str 1", "1"),
        ("!!int '7'", 7),
        ("!!float 7", 7.0),
        ("!!bool 'true'", True),
        ("!!null ''", None),
        ("!!map {}", {}),
        ("!!seq []", []),
        ("=", "="),
    ],
)
def test_a_word_means_what_the_core_schema_says(word: str, value: Any) -> None:
    read = value_of(f"a: {word}")["a"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("word", ["!!int x", "!!float x", "!!bool yes", "!!null x", "!!map x", "!!str []", "!!set {}"])
def test_a_tag_that_does_not_fit_is_refused(word: str) -> None:
    with pytest.raises(LoadError) as caught:
        value_of(f"a: 1\nb: {word}")
    assert caught.value.line == 2


def test_keys_are_strings_as_they_are_written() -> None:
    assert value_of("200: a\n1.0: b\ntrue: c\non: d\n!!int 7: e\n'null': f\n'<<': g") == {
        "200": "a",
        "1.0": "b",
        "true": "c",
        "on": "d",
        "7": "e",
        "null": "f",
        "<<": "g",
    }


def test_an_alias_repeats_a_value_without_sharing_it() -> None:
    value = value_of("a: &a {x: [1]}\nb: *a\n")
    value["b"]["x"].append(2)
    assert value == {"a": {"x": [1]}, "b": {"x": [1, 2]}}


def test_a_later_anchor_of_the_same_name_counts() -> None:
    assert value_of("[&a 1, *a, &a 2, *a]") == [1, 1, 2, 2]


def test_empty_documents_at_the_end_are_dropped_and_named() -> None:
    loaded = load_text("a: 1\n---\n# nothing\n---\n", "doc.yaml")
    assert loaded.value == {"a": 1}
    assert loaded.stray_documents == (2, 4)


def test_a_document_that_says_null_is_no_stray_one() -> None:
    assert value_of("null\n") is None
    with pytest.raises(LoadError, match="a second document"):
        value_of("a: 1\n--- null\n")


@pytest.mark.parametrize(("name", "text"), [("doc.yaml", "a: é"), ("doc.json", '{"a": "é"}')])
def test_a_byte_order_mark_is_no_part_of_the_document(name: str, text: str) -> None:
    loaded = load_text(b"\xef\xbb\xbf" + text.encode(), name)
    assert loaded.value == {"a": "é"}
    assert loaded.excerpt(("a",)) == text


def test_escaped_surrogate_pairs_become_one_character() -> None:
    assert value_of(r'{"a": "\ud83d\ude00 \u00e9 \n"}', "doc.json") == {"a": "\N{GRINNING FACE} é \n"}


def test_integers_of_json_keep_every_digit() -> None:
    assert value_of("[12345678901234567890, -0, 1.0, 1E2]", "doc.json") == [12345678901234567890, 0, 1.0, 100.0]


def test_the_name_decides_the_format_unless_it_is_given() -> None:
    assert value_of("{a: 1}", "doc.yml") == {"a": 1}
    with pytest.raises(LoadError, match="not valid JSON"):
        value_of("{a: 1}", "doc.JSON")
    assert load_text("{a: 1}", "doc.json", format="yaml").value == {"a": 1}
    with pytest.raises(LoadError, match="'toml' is not known"):
        load_text("a = 1", "doc", format="toml")


@pytest.mark.parametrize(
    ("parts", "span"),
    [
        ((), (2, 22)),
        (("title",), (2, 2)),
        (("paths",), (4, 20)),
        (("paths", "/a"), (5, 15)),
        (("paths", "/a", "get"), (6, 8)),
        (("paths", "/a", "get", "tags"), (7, 8)),
        (("paths", "/a", "get", "tags", 1), (8, 8)),
        (("paths", "/a", "put"), (11, 15)),
        (("paths", "/b"), (18, 20)),
        (("paths", "/b", 1, "more"), (20, 20)),
        (("last",), (21, 21)),
        (("last", 0), (19, 19)),
        (("empty",), (22, 22)),
    ],
    ids=str,
)
def test_a_value_knows_its_lines(parts: tuple[str | int, ...], span: tuple[int, int]) -> None:
    assert load_text(OUTLINE, "doc.yaml").span(parts) == span


def test_an_excerpt_is_verbatim() -> None:
    loaded = load_text(OUTLINE, "doc.yaml")
    assert loaded.excerpt(("paths", "/a", "get")) == "    get: {id: a,\n      tags: [x,\n        y]}"
    assert loaded.excerpt(("paths", "/a", "put", "text")) == "      text: |\n        One.\n\n        Two."


def test_lines_of_json_are_known_too() -> None:
    loaded = load_text('{"a": [\r\n  1,\r\n  {"b":\r\n    2}]\r\n}', "doc.json")
    assert loaded.span(()) == (1, 5)
    assert loaded.span(("a",)) == (1, 4)
    assert loaded.span(("a", 1, "b")) == (3, 4)
    assert loaded.excerpt(("a", 0)) == "  1,"


def test_a_key_alone_has_the_line_of_the_key() -> None:
    loaded = load_text("a: 1\n? b\n\n\n", "doc.yaml")
    assert loaded.value == {"a": 1, "b": None}
    assert loaded.span(("b",)) == (2, 2)
    assert load_text("-\n\n-", "doc.yaml").span((1,)) == (3, 3)


def test_asking_for_the_lines_of_nothing_is_an_error() -> None:
    with pytest.raises(LoadError, match="nothing at 'a/1'"):
        load_text("a: [1]", "doc.yaml").span(("a", 1, "b"))


def test_a_document_is_read_from_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"a: 1\n")
    loaded = load_document(str(path))
    assert (loaded.value, loaded.data, loaded.name, loaded.path) == ({"a": 1}, b"a: 1\n", str(path), path.resolve())
    assert load_document(path, root=tmp_path).value == {"a": 1}


@pytest.mark.parametrize("name", ["missing.yaml", "file/below", "", "a\x00b", "x" * 300], ids=ascii)
def test_a_file_that_cannot_be_found_is_a_load_error(tmp_path: Path, name: str) -> None:
    (tmp_path / "file").write_text("a: 1")
    with pytest.raises(LoadError) as caught:
        load_document(tmp_path / name)
    assert caught.value.hint


def test_a_pipe_is_refused_instead_of_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.yaml")
    with pytest.raises(LoadError, match="not a regular file"):
        load_document(tmp_path / "pipe.yaml")


def test_links_that_go_in_circles_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").symlink_to(tmp_path / "b.yaml")
    (tmp_path / "b.yaml").symlink_to(tmp_path / "a.yaml")
    for root in (None, tmp_path):
        with pytest.raises(LoadError):
            load_document(tmp_path / "a.yaml", root=root)


def test_the_parser_without_libyaml_sees_the_same() -> None:
    fast = load_text(OUTLINE, "doc.yaml")
    builder, _ = read_yaml(OUTLINE, "doc.yaml", parser=yaml.SafeLoader)
    assert builder.finished() == (fast.value, fast.mark)


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="a folder, not a file"):
        load_document(tmp_path)


def test_text_with_half_a_surrogate_pair_is_refused_with_its_line() -> None:
    with pytest.raises(LoadError, match="half of a surrogate pair") as caught:
        load_text("a: 1\nb: '\ud800'", "doc.yaml")
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("doc.json", "[1 2]", r"expected ',' or '\]', found '2'"),
        ("doc.json", '{"a" 1}', "expected ':', found '1'"),
        ("doc.json", '{"a":', "expected a value, found the end of the file"),
        ("doc.json", r'"\x"', "an escape that JSON does not have"),
        ("doc.json", "1e999", "larger than any number"),
        ("doc.yaml", "a: &a x\n*a : 1", r"the alias \*a is used as a key"),
    ],
)
def test_what_is_wrong_is_said(name: str, text: str, words: str) -> None:
    with pytest.raises(LoadError, match=words):
        load_text(text, name)
