"""Reads a documentation page in reStructuredText: one operation a page, tables of answers and parameters.

docutils parses (see `_rst`); this module only says what each block of the parsed page means. A block that
it does not expect is refused, and at the end every line of the page belongs to a fact or is plain markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from docutils import nodes

from spec.contract import METHODS
from spec.facts import Level, Reading, Source, Where
from spec.readers._notebook import Address, Notebook
from spec.readers._rst import Block, Row, blocks_of, rows_of
from spec.readers._sample import load_sample, note_shape
from spec.template import parameters_in

FORMAT = "rst-page"

_VERBS = "|".join(method.upper() for method in METHODS)
_OPERATION = re.compile(rf"({_VERBS})\s+(/\S*)")
_REQUEST = re.compile(rf"({_VERBS})\s+(/\S*)\s+HTTP/[0-9.]+")
_STATUS = re.compile(r"HTTP/[0-9.]+\s+([1-5][0-9][0-9])\b.*")
_FIELD = re.compile(r"([A-Za-z0-9-]+):\s*(.*)")
_CODE = re.compile(r"[1-5][0-9][0-9]")
_MARKUP = re.compile(r"\s*(\+[-=+]+\+|([-=~^\"'`#*+.:_])\2{2,}|\.\. .*)\s*")
_NO_BODY = re.compile(r"does not (accept|take) a (request )?body", re.IGNORECASE)
_TYPES = {"string": "string", "integer": "integer", "int": "integer", "boolean": "boolean", "number": "number"}
_OF_ANY_EXCHANGE = frozenset({"accept", "connection", "content-length", "content-type", "date", "host", "user-agent"})
"""Header fields that every HTTP exchange may carry: no parameters of the operation."""


def read(source: Source) -> Reading:
    """Facts of one page; raises SourceError with the line of the first block that does not fit."""
    page = _Page(Notebook(source))
    for block in blocks_of(page.notebook):
        page.take(block)
    page.finish()
    return page.notebook.reading()


class _Page:
    """What is known of the page so far; blocks are taken in document order."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self._title: Block | None = None
        self._base: Address | None = None
        self._tabulated: set[str] = set()
        self._prose: list[Block] = []
        self._documented: set[str] = set()

    def take(self, block: Block) -> None:
        """Write down what one block says."""
        if isinstance(block.node, nodes.title):
            self._take_title(block)
        elif isinstance(block.node, nodes.literal_block):
            self._take_code(block)
        elif isinstance(block.node, nodes.table):
            self._take_table(block)
        elif isinstance(block.node, nodes.paragraph):
            self._take_paragraph(block)
        else:
            kind = type(block.node).__name__.replace("_", " ")
            raise self.notebook.refuse(
                block.where.first_line, f"a {kind}, which says nothing to this reader", "describe it in a table or text"
            )

    def finish(self) -> None:
        """Write down what only the whole page tells, and that every line has been understood."""
        base = self._operation(1)
        if self._title:
            self.notebook.note((*base, "summary"), self._title.text, self._title.where)
        if self._prose:
            where = Where(self._prose[0].where.first_line, self._prose[-1].where.last_line)
            self.notebook.note((*base, "description"), " ".join(block.text for block in self._prose), where)
        if not self._documented:
            raise self.notebook.refuse(
                None, "the page has no table of response codes", "add one, or copy the whole page"
            )
        self._mark_rest()

    def _operation(self, line: int) -> Address:
        if self._base is None:
            raise self.notebook.refuse(
                line, "the page names no operation yet", "a code block such as 'GET /things' must come first"
            )
        return self._base

    def _take_title(self, block: Block) -> None:
        if self._title is None and self._base is None:
            self._title = block
        else:
            self._note_heading(block)

    def _note_heading(self, block: Block) -> None:
        self.notebook.note_of_source(("heading", str(block.where.first_line)), block.text, block.where)

    def _take_paragraph(self, block: Block) -> None:
        only = block.node.children[0] if len(block.node.children) == 1 else None
        if isinstance(only, nodes.strong) or block.text.endswith(":"):
            self._note_heading(block)
        elif _NO_BODY.search(block.text):
            address = (*self._operation(block.where.first_line), "requestBody", "none")
            self.notebook.note(address, True, block.where, Level.PROSE)
        elif not self._documented:
            self._prose.append(block)
        else:
            raise self.notebook.refuse(
                block.where.first_line, "a paragraph where a table or a sample should stand", "move it to the beginning"
            )

    def _take_code(self, block: Block) -> None:
        first = block.node.astext().split("\n", 1)[0].strip()
        if match := _REQUEST.fullmatch(first):
            _note_request(self.notebook, self._operation(block.where.first_line), block, match[2])
        elif match := _STATUS.fullmatch(first):
            _note_response(self.notebook, self._operation(block.where.first_line), block, match[1])
        elif match := _OPERATION.fullmatch(block.node.astext().strip()):
            if self._base is not None:
                raise self.notebook.refuse(
                    block.where.first_line, "a second operation", "one page describes one operation; split the file"
                )
            self._base = ("paths", match[2], match[1].lower())
            self.notebook.note(self._base, f"{match[1]} {match[2]}", block.where)
        else:
            raise self.notebook.refuse(
                block.where.first_line,
                "a code block that is no operation, request or answer",
                "begin it with a method and a path, or with HTTP/1.1 and a status",
            )

    def _take_table(self, block: Block) -> None:
        base = self._operation(block.where.first_line)
        header, *rows = rows_of(self.notebook, block)
        self.notebook.note_of_source(("heading", str(header.where.first_line)), " / ".join(header.cells), header.where)
        columns = [cell.lower() for cell in header.cells]
        if columns == ["response code", "name", "description"]:
            for row in rows:
                self._note_answer(base, row)
        elif columns == ["name", "type", "description"]:
            for row in rows:
                self._note_parameter(base, row)
        else:
            raise self.notebook.refuse(
                block.where.first_line,
                f"a table with the columns {', '.join(header.cells)}",
                "known: Response Code, Name, Description; and Name, Type, Description",
            )

    def _note_answer(self, base: Address, row: Row) -> None:
        code, name, description = row.cells
        if not _CODE.fullmatch(code):
            raise self.notebook.refuse(row.where.first_line, f"{code!r} is no status code", "write it as three digits")
        self._documented.add(code)
        answer = (*base, "responses", code)
        self.notebook.note(answer, code, row.where)
        self.notebook.note((*answer, "x-name"), name, row.where)
        self.notebook.note((*answer, "description"), description, row.where)

    def _note_parameter(self, base: Address, row: Row) -> None:
        written, kind, description = row.cells
        name = written.strip("{}")
        if name not in parameters_in(base[1]):
            raise self.notebook.refuse(
                row.where.first_line, f"the parameter {written} is not in the path", f"the path is {base[1]}"
            )
        if kind.lower() not in _TYPES:
            raise self.notebook.refuse(
                row.where.first_line, f"unknown type {kind!r}", f"known: {', '.join(sorted(_TYPES))}"
            )
        self._tabulated.add(name)
        parameter = (*base, "parameters", f"path:{name}")
        self.notebook.note((*parameter, "name"), name, row.where)
        self.notebook.note((*parameter, "in"), "path", row.where)
        self.notebook.note((*parameter, "schema", "type"), _TYPES[kind.lower()], row.where)
        self.notebook.note((*parameter, "description"), description, row.where)

    def _mark_rest(self) -> None:
        """Path parameters that no table names, and lines that are only markup."""
        base = self._operation(1)
        facts = self.notebook.reading().facts
        line = next(fact.where.first_line for fact in facts if fact.address == base)
        for name in parameters_in(base[1]):
            if name not in self._tabulated:
                self.notebook.mend_line("untabulated-path-parameter", line, f"the table leaves out {name}")
        covered = {n for fact in facts for n in range(fact.where.first_line, fact.where.last_line + 1)}
        for number, text in enumerate(self.notebook.lines, 1):
            if not text.strip() or number in covered:
                continue
            if not _MARKUP.fullmatch(text):
                raise self.notebook.refuse(
                    number, "a line that belongs to nothing on the page", "check its indentation"
                )
            self.notebook.note_of_source(("heading", str(number)), text.strip(), Where(number, number))


def _note_request(notebook: Notebook, base: Address, block: Block, path: str) -> None:
    """A sample request: what it says of header fields; its path and values belong to the sample alone."""
    first = block.where.first_line
    notebook.note((*base, "x-example-path"), path, Where(first, first), Level.EXAMPLE)
    for number, name, value in _fields(notebook, block):
        where = Where(number, number)
        if name.lower() in _OF_ANY_EXCHANGE:
            notebook.note_of_source(("example", "request", name), value, where, Level.EXAMPLE)
            continue
        parameter = (*base, "parameters", f"header:{name}")
        notebook.note((*parameter, "name"), name, where, Level.EXAMPLE)
        notebook.note((*parameter, "in"), "header", where, Level.EXAMPLE)


def _note_response(notebook: Notebook, base: Address, block: Block, code: str) -> None:
    """A sample answer: its media type and its body, at level example."""
    first = block.where.first_line
    notebook.note_of_source(("example", "response", code), notebook.lines[first - 1].strip(), Where(first, first))
    media_type, last = "application/json", first
    for number, name, value in _fields(notebook, block):
        where, last = Where(number, number), number
        if name.lower() == "content-type":
            media_type = value
            address = (*base, "responses", code, "content", media_type)
            notebook.note(address, media_type, where, Level.EXAMPLE)
        else:
            notebook.note_of_source(("example", "response", name), value, where, Level.EXAMPLE)
    body = notebook.lines[last : block.where.last_line]
    blank = next((index for index, line in enumerate(body) if line.strip()), None)
    if blank is None:
        return
    sample = load_sample(notebook, last + 1 + blank, body[blank:])
    content = (*base, "responses", code, "content", media_type)
    notebook.note((*content, "example"), sample.document.value, sample.where, Level.EXAMPLE)
    note_shape(notebook, (*content, "schema"), sample, Level.EXAMPLE, types_only=False)


def _fields(notebook: Notebook, block: Block) -> Iterator[tuple[int, str, str]]:
    """Line, name and value of each header field of a sample, up to the blank line before its body."""
    for number in range(block.where.first_line + 1, block.where.last_line + 1):
        text = notebook.lines[number - 1].strip()
        if not text:
            return
        match = _FIELD.fullmatch(text)
        if match is None:
            raise notebook.refuse(number, f"{text!r} is no header field", "write it as 'Name: value'")
        yield number, match[1], match[2]
