"""A case: one failure, the exchange that shows it, and the draft that its reproducer grows in."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from conformance.ledger import Line
from conformance.reproduction.draft import Draft
from conformance.reproduction.tape import Tape, path_of, query_of, rows_of, succeeded
from spec.contract import Operation, Role
from spec.lifecycle import Lifecycle
from spec.resource import Meaning, Shape, read_shapes


@dataclass(frozen=True, slots=True)
class Case:
    """What a recipe works with.

    line: the exchange that shows the failure. operation: the one that failed. begins, ends: line numbers between
    which the check that failed talked with the target.
    """

    draft: Draft
    line: Line
    operation: Operation
    expected: str
    seen: str
    begins: int
    ends: int

    @property
    def tape(self) -> Tape:
        """The exchanges of the run."""
        return self.draft.tape

    @property
    def asked(self) -> Operation:
        """The operation of the exchange, which need not be the one that failed."""
        return self.tape.operation(self.line) or self.operation

    @property
    def envelope(self) -> str:
        """The member that holds the item in the answer of the exchange, as an expression."""
        return repr(self.envelope_of(self.line))

    @property
    def id_name(self) -> str:
        """The field that holds the id, as an expression."""
        use = self.asked.resource
        return repr(self.draft.model.resources[use.name].id if use else "id")

    @property
    def resource(self) -> str:
        """The resource that the failed operation is about; empty where there is none."""
        return self.operation.resource.name if self.operation.resource else ""

    @property
    def lifecycle(self) -> Lifecycle | None:
        """The lifecycle of what the failed operation is about."""
        return self.draft.law.resources[self.resource].lifecycle if self.resource in self.draft.law.resources else None

    @property
    def shape(self) -> Shape | None:
        """The fields of what the failed operation is about."""
        return read_shapes(self.draft.model).get(self.resource)

    @property
    def moving(self) -> list[str]:
        """Fields of an item that change on their own, sorted."""
        shape, lifecycle = self.shape, self.lifecycle
        if shape is None:
            return []
        own = [Meaning.EXPIRES, Meaning.UPDATED]
        if lifecycle is not None:
            own += [Meaning.STARTED, Meaning.ENDED, Meaning.SIZE, Meaning.DIGEST]
        names = {*shape.renewable, *(name for meaning in own for name in shape.fields_meaning(meaning))}
        return sorted(names | ({lifecycle.field} if lifecycle is not None else set()))

    def envelope_of(self, line: Line) -> str | None:
        """The member that holds the item or list in the answer of an exchange."""
        operation = self.tape.operation(line)
        return operation.resource.envelope if operation is not None and operation.resource is not None else None

    def before(self, fits: Callable[[Line], bool], line: Line | None = None) -> Line | None:
        """The last exchange before the failure, or before another one, that fits."""
        return self.tape.last(line or self.line, lambda one: self._is_alike(one) and fits(one))

    def after(self, fits: Callable[[Line], bool], line: Line | None = None) -> Line | None:
        """The first exchange after the failure, or after another one, that fits."""
        return self.tape.following(line or self.line, lambda one: self._is_alike(one) and fits(one))

    def last_success(self, operation: str) -> Line | None:
        """The last success of an operation before the failure."""
        return self.before(lambda one: one["operation"] == operation and succeeded(one) and _is_own(self, one))

    def same_path(self, line: Line) -> Callable[[Line], bool]:
        """Whether an exchange reads the same path."""
        return lambda one: path_of(one) == path_of(line) and one["request"]["method"] == "GET"

    def start_of(self, line: Line) -> Line:
        """The first page of the walk that an exchange is a page of."""
        page = self.asked.page
        moves = {page.page_parameter, page.cursor_parameter, page.marker_parameter} - {None} if page else set()
        if not moves & {name for name, _ in query_of(line)}:
            return line
        found = self.before(
            lambda one: (
                self.same_path(line)(one) and succeeded(one) and not moves & {name for name, _ in query_of(one)}
            ),
            line,
        )
        return found or line

    def list_before(self, line: Line) -> Line | None:
        """The first page of the last plain list of the resource around what an exchange is about."""
        return self._list(line, self.before)

    def list_after(self, line: Line) -> Line | None:
        """The first page of the next plain list around what an exchange is about."""
        return self._list(line, self.after)

    def _is_alike(self, one: Line) -> bool:
        """Plain requests go with plain ones: what a fuzzer sent in between is no part of a check's conversation."""
        return bool(one["source"] != "fuzz" or self.line["source"] == "fuzz")

    def _list(self, line: Line, seek: Callable[..., Line | None]) -> Line | None:
        lists = self.draft.model.uses_of(self.resource, Role.LIST)
        if not lists:
            return None
        chain = self.tape.chain(line)

        def fits(one: Line) -> bool:
            return (
                one["operation"] == lists[0].id and succeeded(one) and not query_of(one) and _asker(one) == _asker(line)
                and self.tape.chain(one).items() <= {**self.tape.chain(one), **chain}.items()
            )  # fmt: skip

        def shows(one: Line) -> bool:
            return fits(one) and chain.get(self.resource, "") in str(one["answer"]["body"])

        # A path without the parents does not tell which list it is, and a first page need not show everything.
        return seek(shows, line) or seek(fits, line)

    def first_query(self, line: Line) -> list[tuple[str, str]]:
        """The query of a page without what makes it another page than the first."""
        page = self.asked.page
        moves = {page.page_parameter, page.cursor_parameter, page.marker_parameter} if page is not None else set()
        return [(name, value) for name, value in query_of(line) if name not in moves]

    def named(self, text: str) -> str | None:
        """The id of a thing of the resource that a text names."""
        known = {identifier for resource, identifier in self.tape.known_ids() if resource == self.resource}
        return next((word.strip(",.'") for word in text.split() if word.strip(",.'") in known), None)

    def is_asked_alike(self, line: Line) -> bool:
        """Whether an exchange was asked with the credentials of the failure."""
        return _asker(line) == _asker(self.line)

    def touches(self, line: Line, since: Line) -> list[Line]:
        """Writes that went through between two exchanges and concern what the later one shows."""
        path = path_of(line)
        return [
            one
            for one in self.tape.between(since["number"], line["number"])
            if path_of(one) == path and succeeded(one) and one["request"]["method"] not in ("GET", "HEAD")
        ]

    def count(self, line: Line) -> int:
        """How many items the walk that an exchange is the last page of has shown so far, as far as the ledger tells."""
        start = self.start_of(line)
        pages = [start, *self.tape.between(start["number"], line["number"] + 1)]
        seen = {str(one["request"]["target"]): one for one in pages if self.same_path(start)(one)}
        return sum(len(rows_of(one, self.envelope_of(one))) for one in seen.values())


def _asker(line: Line) -> set[str]:
    """Who sent a request: the header fields that hold a credential."""
    return {str(value) for value in line["request"]["headers"].values() if "$" in str(value)}


def _is_own(case: Case, line: Line) -> bool:
    """Whether an exchange used the method of its operation."""
    operation = case.tape.operation(line)
    return operation is not None and line["request"]["method"] == operation.method.upper()


Recipe = Callable[[Case], "str | None"]
"""Grows a draft for a case; returns the claim, or None where it can find none."""
