"""Files of one folder become one document that needs none of them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from spec.contract_reader import contract_from
from spec.errors import LoadError
from spec.loading import bundle, load_document, load_text
from spec.loading.reference import find_references

MAIN = """\
openapi: 3.0.3
info: {title: Shelves, version: "1"}
paths:
  /shelves:
    $ref: paths/shelves.yaml
  /books:
    get:
      operationId: listBooks
      responses:
        "200": {$ref: "common.yaml#/responses/Ok"}
components:
  schemas:
    $ref: schemas/index.yaml
  responses:
    Error: {description: Something went wrong}
"""
SHELVES = """\
get:
  operationId: listShelves
  responses:
    "200": {$ref: "../common.yaml#/responses/Ok"}
    default: {$ref: "../main.yaml#/components/responses/Error"}
"""
COMMON = """\
responses:
  Ok:
    description: Fine
    content: {application/json: {schema: {$ref: schemas/tree.json}}}
  Unused: {description: Nobody refers to this}
"""
TREE = '{"type": "object", "properties": {"kids": {"items": {"$ref": "#"}}, "c": {"$ref": "color.json#/a~1b%20c"}}}'
COLOR = '{"a/b c": {"type": "string"}}'


def write(folder: Path, files: dict[str, str]) -> Path:
    """Write files below a folder; gives the first one."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder / next(iter(files))


@pytest.fixture
def main(tmp_path: Path) -> Path:
    return write(
        tmp_path,
        {
            "main.yaml": MAIN,
            "paths/shelves.yaml": SHELVES,
            "common.yaml": COMMON,
            "schemas/index.yaml": "Tree: {$ref: tree.json}",
            "schemas/tree.json": TREE,
            "schemas/color.json": COLOR,
        },
    )


def refs_of(value: Any) -> set[str]:
    return {text for _, text in find_references(value)}


def test_every_ref_of_a_bundle_is_local(main: Path) -> None:
    assert refs_of(bundle(main).value) == {
        "#/components/responses/Error",
        "#/x-bundled/common.Ok",
        "#/x-bundled/tree",
        "#/x-bundled/color.a-b-c",
    }


def test_a_bundle_is_a_contract(main: Path) -> None:
    contract = contract_from(bundle(main).value)
    assert {operation.id for operation in contract.operations} == {"listShelves", "listBooks"}
    assert contract.operation("listShelves").responses["default"].description == "Something went wrong"


def test_a_path_item_takes_the_place_of_its_ref(main: Path) -> None:
    assert bundle(main).value["paths"]["/shelves"]["get"]["operationId"] == "listShelves"


def test_a_section_of_components_takes_the_place_of_its_ref(main: Path) -> None:
    assert bundle(main).value["components"]["schemas"] == {"Tree": {"$ref": "#/x-bundled/tree"}}


def test_only_what_is_referred_to_is_drawn_in(main: Path) -> None:
    assert "Nobody refers to this" not in json.dumps(bundle(main).value)


def test_a_recursive_schema_of_another_file_still_validates(main: Path) -> None:
    value = bundle(main).value
    schema = {"$ref": "#/x-bundled/tree", "x-bundled": value["x-bundled"]}
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert validator.is_valid({"kids": [{"kids": [], "c": "red"}]})
    assert not validator.is_valid({"kids": [{"kids": [{"c": 1}]}]})


def test_what_came_from_elsewhere_has_the_line_of_its_ref(main: Path) -> None:
    loaded = bundle(main)
    assert loaded.span(("paths", "/shelves", "get", "operationId")) == (5, 5)
    assert loaded.span(("x-bundled", "common.Ok", "description")) == (5, 5)
    assert loaded.span(("x-bundled", "tree", "properties")) == (13, 13)
    assert loaded.span(("paths", "/books", "get", "operationId")) == (8, 8)


def test_a_bundle_names_its_files_and_keeps_its_bytes(main: Path) -> None:
    loaded = bundle(main)
    assert loaded.data == main.read_bytes()
    assert [file.path.name for file in loaded.files if file.path] == [
        "common.yaml",
        "shelves.yaml",
        "color.json",
        "index.yaml",
        "tree.json",
    ]


def test_bundling_twice_changes_nothing(main: Path) -> None:
    once = bundle(main)
    again = bundle(load_text(json.dumps(once.value), "bundled.json"))
    assert again.value == once.value


def test_the_document_that_was_loaded_is_left_as_it_was(main: Path) -> None:
    loaded = load_document(main)
    before, span = json.dumps(loaded.value), loaded.span(("paths", "/shelves"))
    bundle(loaded)
    assert (json.dumps(loaded.value), loaded.span(("paths", "/shelves"))) == (before, span)


def test_values_of_one_name_stay_apart(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        {
            "main.yaml": "x: {y: {a: {$ref: one/x.yaml}, b: {$ref: two/x.yaml}, c: {$ref: one/x.yaml}}}",
            "one/x.yaml": "n: 1",
            "two/x.yaml": "n: 2",
        },
    )
    value = bundle(main).value
    assert value["x-bundled"] == {"x": {"n": 1}, "x-2": {"n": 2}}
    assert [ref["$ref"] for ref in value["x"]["y"].values()] == ["#/x-bundled/x", "#/x-bundled/x-2", "#/x-bundled/x"]


def test_two_names_of_one_file_are_one_file(tmp_path: Path) -> None:
    main = write(tmp_path, {"main.yaml": "x: {y: {a: {$ref: x.yaml}, b: {$ref: link.yaml}}}", "x.yaml": "n: 1"})
    (tmp_path / "link.yaml").symlink_to(tmp_path / "x.yaml")
    assert bundle(main).value["x-bundled"] == {"x": {"n": 1}}


def test_a_wider_root_allows_refs_to_its_other_folders(tmp_path: Path) -> None:
    main = write(tmp_path, {"api/main.yaml": "x: {$ref: ../shared/x.yaml}", "shared/x.yaml": "n: 1"})
    assert bundle(main, root=tmp_path).value == {"x": {"n": 1}}
    with pytest.raises(LoadError, match="outside the folder"):
        bundle(main)


def test_a_document_without_a_folder_has_no_files() -> None:
    with pytest.raises(LoadError, match="no folder to start from") as caught:
        bundle(load_text("a: 1\nx: {$ref: x.yaml}", "doc.yaml"))
    assert caught.value.line == 2


@pytest.mark.parametrize(
    ("ref", "words"),
    [
        ("missing.yaml", "no such file"),
        (".", "outside the folder"),
        ("x.yaml#/b", "points to nothing"),
        ("x.yaml#/n/deep", "points to nothing"),
        ("x.yaml#/l/7", "points to nothing"),
        ("x.yaml#/l/x", "points to nothing"),
        ("#/b", "points to nothing"),
        ("x.yaml#name", "names an anchor"),
        ("x.yaml?n=1", "holds a query"),
        ("a%00b", "not a file name"),
        ("bad.json", "not valid JSON"),
    ],
)
def test_a_ref_that_leads_nowhere_is_refused(tmp_path: Path, ref: str, words: str) -> None:
    main = write(tmp_path, {"main.yaml": f"\na:\n  $ref: '{ref}'", "x.yaml": "{n: 1, l: [1]}", "bad.json": "x"})
    with pytest.raises(LoadError, match=words) as caught:
        bundle(main)
    expected = (str(tmp_path / "bad.json"), 1) if ref == "bad.json" else (str(main), 3)
    assert (caught.value.file, caught.value.line) == expected


def test_a_property_called_ref_is_no_ref() -> None:
    document = load_text("properties: {$ref: {type: string}}", "doc.yaml")
    assert bundle(document) is document


def test_a_list_cannot_draw_in_files(tmp_path: Path) -> None:
    with pytest.raises(LoadError, match="is not a mapping"):
        bundle(write(tmp_path, {"main.yaml": "- $ref: x.yaml", "x.yaml": "n: 1"}))


def test_long_chains_of_refs_need_no_recursion() -> None:
    chain = {f"d{number}": {"$ref": f"#/d{number + 1}"} for number in range(5000)} | {"d5000": {"type": "string"}}
    document = load_text(json.dumps(chain), "doc.json")
    assert bundle(document) is document


def test_files_that_multiply_each_other_stay_small(tmp_path: Path) -> None:
    files = {f"f{n}.yaml": f"x: {{y: {{a: {{$ref: f{n + 1}.yaml}}, b: {{$ref: f{n + 1}.yaml}}}}}}" for n in range(30)}
    main = write(tmp_path, {**files, "f30.yaml": "n: 1"})
    assert len(json.dumps(bundle(main).value)) < 5000


def test_what_was_bundled_before_keeps_its_name(tmp_path: Path) -> None:
    main = write(
        tmp_path,
        {
            "main.yaml": "x: {y: {z: {$ref: x.yaml}}, w: {$ref: '#/x-bundled/x'}}\nx-bundled: {x: {n: 0}}",
            "x.yaml": "n: 1",
        },
    )
    assert bundle(main).value["x-bundled"] == {"x": {"n": 0}, "x-2": {"n": 1}}


def test_a_bundle_of_too_many_files_is_refused(tmp_path: Path) -> None:
    files = {f"f{number}.yaml": "n: 1" for number in range(1000)}
    refs = "".join(f"r{number}: {{$ref: f{number}.yaml}}\n" for number in range(1000))
    with pytest.raises(LoadError, match="more than 1,000 files") as caught:
        bundle(write(tmp_path, {"main.yaml": refs, **files}))
    assert caught.value.line is not None
