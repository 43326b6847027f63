"""Pages in reStructuredText, parsed by docutils: their top-level pieces, and the lines that each stands on."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from docutils import nodes
from docutils.core import publish_doctree

from spec.facts import Where
from spec.readers._notebook import Notebook

_SEVERE = 3


@dataclass(frozen=True, slots=True)
class Block:
    """One top-level piece of a page, and the lines it stands on."""

    node: nodes.Element
    where: Where

    @property
    def text(self) -> str:
        """Its words as one paragraph."""
        return " ".join(self.node.astext().split())


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table: the words of each cell, and the lines it stands on."""

    cells: tuple[str, ...]
    where: Where


def blocks_of(notebook: Notebook) -> Iterator[Block]:
    """The pieces of the page in document order; raises SourceError for what docutils calls an error."""
    yield from _pieces(_parse(notebook).children, notebook)


def rows_of(notebook: Notebook, table: Block) -> list[Row]:
    """The rows of a table, its header first; each has as many cells as the header."""
    rows = [_row(notebook, table, node) for node in table.node.findall(nodes.row)]
    for row in rows:
        if len(row.cells) != len(rows[0].cells):
            message = f"a row of {len(row.cells)} cells in a table of {len(rows[0].cells)} columns"
            raise notebook.refuse(row.where.first_line, message, "write one cell for each column; none may span two")
    if not rows:
        raise notebook.refuse(table.where.first_line, "a table without rows", "write it as a grid table with a header")
    return rows


def _row(notebook: Notebook, table: Block, node: nodes.Element) -> Row:
    entries = [entry for entry in node.children if isinstance(entry, nodes.entry)]
    paragraphs = [part for entry in entries for part in entry.findall(nodes.paragraph)]
    if not paragraphs:
        raise notebook.refuse(table.where.first_line, "a table row without words", "fill the row in, or take it out")
    first = min(part.line or 0 for part in paragraphs)
    last = max((part.line or 0) + part.astext().count("\n") for part in paragraphs)
    return Row(tuple(" ".join(entry.astext().split()) for entry in entries), Where(first, last))


def _pieces(found: Sequence[nodes.Node], notebook: Notebook) -> Iterator[Block]:
    for node in found:
        if isinstance(node, nodes.section):
            yield from _pieces(node.children, notebook)
        elif isinstance(node, nodes.Element) and not isinstance(node, (nodes.target, nodes.comment)):
            yield Block(node, _where(node, notebook))


def _where(node: nodes.Element, notebook: Notebook) -> Where:
    """Where a block stands: docutils counts a title at its underline and a code block at or after its end."""
    line, text = node.line or 1, node.astext()
    height = text.count("\n")
    if isinstance(node, nodes.title):
        return Where(line - 1, line - 1)
    if isinstance(node, nodes.literal_block):
        end, lines = text.rsplit("\n", 1)[-1].strip(), notebook.lines
        found = next((n for n in range(min(line, len(lines)), height, -1) if lines[n - 1].strip() == end), None)
        if found is None:
            hint = "write the block with plain spaces and no control characters"
            raise notebook.refuse(line, "a code block whose lines are not as they look", hint)
        return Where(found - height, found)
    return Where(line, line + height)


def _parse(notebook: Notebook) -> nodes.document:
    """The parsed page; raises SourceError for what docutils calls an error."""
    document = publish_doctree(
        "\n".join(notebook.lines),
        settings_overrides={
            "_disable_config": True,  # settings of the machine must not change what a page says
            "report_level": _SEVERE,
            "halt_level": 5,
            "warning_stream": io.StringIO(),
            "file_insertion_enabled": False,  # a page must not read other files
            "raw_enabled": False,
            "syntax_highlight": "none",
        },
    )
    for message in document.findall(nodes.system_message):
        if message["level"] >= _SEVERE:
            raise notebook.refuse(message.get("line"), _first_line(message), "mend the page's markup there")
    return document


def _first_line(message: nodes.Element) -> str:
    return message.astext().strip().splitlines()[0]
