"""Bad input is refused at once, with the line and a way out, and never shown a way in."""

from __future__ import annotations

import json
import os
import socket
from pathlib import Path

import pytest

from spec.errors import LoadError
from spec.loading import bundle, load_document, load_text, safe_member

HOSTILE = Path(__file__).parent.parent / "hostile"
MIB = 1024 * 1024
SECRET = "do-not-show-this"

# File to the line and the words of its refusal.
REFUSALS = {
    "alias-bomb.yaml": (4, "repeat more than 10,000 values"),
    "alias-in-itself.yaml": (4, "stands inside the value that it repeats"),
    "alias-without-anchor.yaml": (2, "has no anchor &nowhere"),
    "comment.json": (1, "unexpected '/'"),
    "duplicate-key-as-number.yaml": (3, "'200' stands twice in one mapping, on lines 2 and 3"),
    "duplicate-key.json": (4, "'paths' stands twice in one mapping, on lines 3 and 4"),
    "duplicate-key.yaml": (5, "'/a' stands twice in one mapping, on lines 3 and 5"),
    "empty-document-first.yaml": (3, "a second document begins here"),
    "half-surrogate.json": (2, "half of a surrogate pair"),
    "infinity.yaml": (2, "not a finite number"),
    "leading-zero.json": (1, "a number is malformed"),
    "list-as-key.yaml": (2, "used as a key"),
    "merge-key.yaml": (3, "merge key"),
    "no-document.json": (1, "holds no document"),
    "no-document.yaml": (1, "holds no document"),
    "not-a-number.json": (3, "NaN is not JSON"),
    "not-utf-8.yaml": (2, "not UTF-8: the byte 0xff"),
    "nul-character.yaml": (2, "U+0000 may not stand in YAML"),
    "null-as-key.yaml": (2, "a key is empty or null"),
    "number-too-large.yaml": (2, "larger than any number"),
    "open-bracket.yaml": (2, "not valid YAML"),
    "open-string.json": (1, "no closing quote"),
    "private-tag.yaml": (2, "the tag '!vault' is not allowed"),
    "python-object-by-handle.yaml": (3, "python/object/apply:os.getcwd' is not allowed"),
    "python-object.yaml": (2, "python/object/apply:os.system' is not allowed"),
    "surrogate-bytes.json": (2, "not UTF-8: the byte 0xed"),
    "tab-indent.yaml": (2, "not valid YAML"),
    "trailing-comma.json": (3, "expected a key in double quotes, found '}'"),
    "two-documents.yaml": (3, "a second document begins here"),
    "two-values.json": (2, "follows after the end"),
    "utf-16.yaml": (1, "encoded as UTF-16"),
}


def refusal(text: str, name: str = "doc.yaml") -> LoadError:
    with pytest.raises(LoadError) as caught:
        load_text(text, name)
    return caught.value


def write(folder: Path, **files: str) -> Path:
    """Write files, named with `__` for a dot; the first one is the document."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = [folder / name.replace("__", ".") for name in files]
    for path, text in zip(paths, files.values(), strict=True):
        path.write_text(text)
    return paths[0]


@pytest.mark.parametrize("name", sorted(REFUSALS))
def test_a_hostile_file_is_refused_at_its_line_with_a_way_out(name: str) -> None:
    line, words = REFUSALS[name]
    with pytest.raises(LoadError, match=r".") as caught:
        load_document(HOSTILE / name)
    assert caught.value.line == line
    assert words in caught.value.message
    assert caught.value.hint
    assert str(caught.value).startswith(f"{HOSTILE / name}:{line}: ")


def test_every_hostile_file_has_an_expected_refusal() -> None:
    assert {path.name for path in HOSTILE.iterdir()} == {*REFUSALS, "README.md"}


@pytest.mark.parametrize("scheme", ["file://{path}", "{path}"], ids=["url", "absolute-path"])
def test_a_ref_to_a_file_outside_is_refused_without_quoting_it(tmp_path: Path, scheme: str) -> None:
    outside = write(tmp_path / "out", x__yaml=SECRET)
    ref = scheme.format(path=outside)
    document = write(tmp_path / "in", a__yaml=f'openapi: 3.0.3\npaths:\n  $ref: "{ref}"\n')
    with pytest.raises(LoadError) as caught:
        bundle(document)
    assert (caught.value.file, caught.value.line) == (str(document), 3)
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("ref", ["../x.yaml", "sub/../../x.yaml", "%2e%2e/x.yaml", "..\\\\x.yaml", "C:x.yaml"])
def test_a_ref_that_climbs_out_of_the_folder_is_refused(tmp_path: Path, ref: str) -> None:
    write(tmp_path, x__yaml=SECRET)
    document = write(tmp_path / "in", a__yaml=f'paths:\n  $ref: "{ref}"\n')
    with pytest.raises(LoadError, match=r"outside the folder|backslash") as caught:
        bundle(document)
    assert caught.value.line == 2
    assert SECRET not in str(caught.value)


def test_a_ref_through_a_link_that_leads_out_is_refused(tmp_path: Path) -> None:
    write(tmp_path / "out", x__yaml=SECRET)
    document = write(tmp_path / "in", a__yaml='paths: {$ref: "link/x.yaml"}\n', b__yaml='paths: {$ref: "x.yaml"}\n')
    (tmp_path / "in" / "link").symlink_to(tmp_path / "out")
    (tmp_path / "in" / "x.yaml").symlink_to(tmp_path / "out" / "x.yaml")
    for path in (document, document.with_name("b.yaml")):
        with pytest.raises(LoadError, match="outside the folder") as caught:
            bundle(path)
        assert SECRET not in str(caught.value)


def test_a_document_outside_of_its_root_is_refused(tmp_path: Path) -> None:
    outside = write(tmp_path / "out", x__yaml=SECRET)
    write(tmp_path / "in", a__yaml="a: 1")
    link = tmp_path / "in" / "link.yaml"
    link.symlink_to(outside)
    with pytest.raises(LoadError, match="outside the folder") as caught:
        load_document(link, root=tmp_path / "in")
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize(
    "ref", ["http://{host}/x.yaml", "HTTPS://{host}/x.yaml#/a", "//{host}/x.yaml", "ftp://{host}/"]
)
def test_a_ref_to_the_network_is_refused_without_a_connection(tmp_path: Path, ref: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        host = f"127.0.0.1:{server.getsockname()[1]}"
        document = write(tmp_path, a__yaml=f'a:\n  $ref: "{ref.format(host=host)}"\n')
        with pytest.raises(LoadError, match="points to the network") as caught:
            bundle(document)
        assert caught.value.line == 2
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_cycle_of_refs_through_files_is_printed(tmp_path: Path) -> None:
    document = write(
        tmp_path,
        main__yaml='schema:\n  $ref: "a.yaml"\n',
        a__yaml='b:\n  $ref: "b.yaml#/x"\n',
        b__yaml='x:\n  deep:\n    - $ref: "a.yaml"\n',
    )
    with pytest.raises(LoadError) as caught:
        bundle(document)
    assert caught.value.message.endswith("through files: a.yaml# -> b.yaml#/x -> a.yaml#")
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "a.yaml"), 2)


def test_a_cycle_of_files_that_hold_only_refs_is_printed(tmp_path: Path) -> None:
    document = write(tmp_path, main__yaml='x: {$ref: "a.yaml"}', a__yaml="$ref: b.yaml", b__yaml="$ref: a.yaml")
    with pytest.raises(LoadError, match=r"never reaches a value: a\.yaml# -> b\.yaml# -> a\.yaml#") as caught:
        bundle(document)
    assert (caught.value.file, caught.value.line) == (str(tmp_path / "a.yaml"), 1)


def test_a_cycle_of_local_refs_to_refs_is_refused() -> None:
    document = load_text("defs:\n  A: {$ref: '#/defs/B'}\n  B: {$ref: '#/defs/A'}\n", "doc.yaml")
    with pytest.raises(LoadError, match="#/defs/A -> #/defs/B -> #/defs/A") as caught:
        bundle(document)
    assert caught.value.line == 2


def test_a_ref_to_itself_is_refused() -> None:
    with pytest.raises(LoadError, match="#/A -> #/A"):
        bundle(load_text("A: {$ref: '#/A'}", "doc.yaml"))


def test_a_recursive_schema_is_legal() -> None:
    tree = load_text("Tree:\n  properties:\n    kids: {items: {$ref: '#/Tree'}}\n", "doc.yaml")
    assert bundle(tree) is tree


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("flow.yaml", "[" * 3000 + "]" * 3000),
        ("block.yaml", "- " * 3000 + "x"),
        ("mapping.yaml", "".join(" " * depth + "a:\n" for depth in range(300))),
        ("list.json", "[" * 3000 + "]" * 3000),
        ("object.json", '{"a":' * 3000 + "1" + "}" * 3000),
        ("never-closed.json", "[" * 1_000_000),
    ],
)
def test_nesting_beyond_200_levels_is_refused(name: str, text: str) -> None:
    assert "nested deeper than 200 levels" in refusal(text, name).message


@pytest.mark.parametrize("name", ["doc.yaml", "doc.json"])
def test_nesting_of_200_levels_is_read(name: str) -> None:
    value = load_text("[" * 200 + "]" * 200, name).value
    assert json.dumps(value).count("[") == 200


def test_aliases_cannot_nest_deeper_than_the_limit() -> None:
    deep = f"a: &a {'[' * 150}{']' * 150}\nb: {'[' * 100}*a{']' * 100}\n"
    assert "by the alias *a" in refusal(deep).message


@pytest.mark.parametrize("name", ["doc.yaml", "doc.json"])
def test_an_integer_of_5000_digits_is_refused_with_its_line(name: str) -> None:
    error = refusal('{"a": 1,\n"b": ' + "9" * 5000 + "}", name)
    assert error.line == 2
    assert "more than 4,000 digits" in error.message
    assert len(str(error)) < 400


def test_an_integer_of_4000_digits_can_be_printed_again() -> None:
    digits = "9" * 4000
    assert json.dumps(load_text(digits, "doc.json").value) == digits


def test_a_hexadecimal_integer_has_the_same_limit() -> None:
    assert "more than 4,000 digits" in refusal("a: 0x" + "f" * 3900).message


@pytest.mark.parametrize(
    "relative",
    ["../../etc/x", "/etc/x", "a/../../x", "a\x00b", "..\\x", "C:x", "c:/x", "a\nb", "", ".", "link/x"],
    ids=ascii,
)
def test_a_member_outside_of_its_folder_is_refused(tmp_path: Path, relative: str) -> None:
    root = tmp_path / "in"
    root.mkdir()
    (root / "link").symlink_to(tmp_path)
    with pytest.raises(LoadError) as caught:
        safe_member(root, relative, file="fixtures.yaml", line=7)
    assert str(caught.value).startswith("fixtures.yaml:7: ")
    assert caught.value.hint
    assert "\x00" not in str(caught.value)


def test_a_member_inside_of_its_folder_is_given(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert safe_member(tmp_path, "real/a.png") == tmp_path / "real" / "a.png"
    assert safe_member(tmp_path, "link/not-there.png") == tmp_path / "link" / "not-there.png"


def test_a_file_of_100_mib_is_refused_before_it_is_read(tmp_path: Path) -> None:
    path = tmp_path / "large.yaml"
    path.touch()
    os.truncate(path, 100 * MIB)
    with pytest.raises(LoadError, match=r"larger than 10,485,760 bytes \(104,857,600 seen\)"):
        load_document(path)
    with pytest.raises(LoadError, match="larger than 67,108,864 bytes"):
        load_document(path, max_bytes=64 * MIB)


def test_files_of_one_bundle_share_the_limit(tmp_path: Path) -> None:
    document = write(tmp_path, a__yaml="x: {$ref: b.yaml}", b__yaml="text: " + "x" * 900)
    assert bundle(document, max_bytes=1000).value["x"]
    with pytest.raises(LoadError, match="larger than 900 bytes together"):
        bundle(document, max_bytes=900)


def test_more_values_than_the_limit_are_refused() -> None:
    assert "more than 1,000,000 values" in refusal("[" + "0," * 1_000_001 + "0]", "doc.json").message
