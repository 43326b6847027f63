"""The Python form of a reproducer: one file of the standard library, for pytest and for python3."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from conformance.reproduction.embedding import copied
from conformance.reproduction.phrasing import NAME, joined
from conformance.reproduction.script import (
    Call,
    Fill,
    Headers,
    Leave,
    Pause,
    Script,
    Secret,
    Send,
    Step,
    Take,
    Text,
    Undo,
    Variable,
    Walk,
    Watch,
    written,
)  # fmt: skip


def python_text(script: Script) -> str:
    """The source of a reproducer, complete: the story first, and what it is told with below."""
    shared = [f"{name} = {_fields(one)}" for one, name in script.headers.items()]
    lines = [*shared, *(line for step in script.steps for line in _lines(step, script.headers))]
    body = "\n".join(f"        {line}" for line in lines)
    story = "\n".join(
        (
            *((_name(script), "") if NAME in body else ()),
            *(f"{name} = {written(repr(value))}" for name, value in script.constants.items()),
            "\n",
            *_complaint(script, body),
            "\n",
            f"def test_{_slug(script.requirement)}() -> None:",
            f'    """{_line(script.promise)}"""',
            "    found = complaint()",
            "    assert not found, plain(found)",
        )
    )
    modules = ["os", "sys", *(("secrets",) if NAME in body else ())]
    needed = copied([*script.expressions, body, "Talk Unclear plain"], modules)
    target = f'{_TARGET} = os.environ.get("MOCKPROOF_TARGET") or {written(repr(script.target))}'
    parts = (f'"""{_docstring(script)}"""', needed.imports, f"{target}\n{story}", _MACHINERY, needed.definitions, _MAIN)
    return "\n\n\n".join(part.strip("\n") for part in parts) + "\n"


_TARGET = 'os.environ["MOCKPROOF_TARGET"]'
_MACHINERY = "# That was all there is to see. What follows asks and judges, alike in every such file."

_MAIN = """
if __name__ == "__main__":
    try:
        found = complaint()
    except Exception as error:  # whatever it is, nobody can say that the fault is there
        print("cannot say: " + plain(str(error) if isinstance(error, Unclear) else repr(error)))
        sys.exit(2)
    print(f"still there: {plain(found)}" if found else "fixed")
    sys.exit(1 if found else 0)
"""


def _name(script: Script) -> str:
    """The line that makes up how names of created things begin, as long as they were in the run."""
    fresh = f"secrets.token_hex({script.name_length})[:{script.name_length}]"
    return f'{NAME} = {written(repr(script.prefix))} + {fresh} + "-"'


def _docstring(script: Script) -> str:
    needed = " ".join(f"{name}=…" for name in ("MOCKPROOF_TARGET", *script.variables))
    return "\n".join(
        (
            f"{_line(script.requirement)}: {_line(script.promise)}",
            "",
            f"expected: {_line(script.expected)}",
            f"seen:     {_line(script.seen)}",
            "",
            f"{needed} python3 FILE     (or: pytest FILE)",
            "Python 3.10 or newer, nothing else. 0: fixed. 1: still there. 2: nobody can say.",
            "",
        )
    )


def _complaint(script: Script, body: str) -> Iterator[str]:
    yield "def complaint() -> str:"
    yield '    """What is still wrong; an empty text when it is fixed."""'
    if script.touches is not None:
        yield '    if os.environ.get("MOCKPROOF_DISPOSABLE") != "1":'
        told = f"{script.touches} changes what this did not make: set MOCKPROOF_DISPOSABLE=1 at a test system"
        yield f"        raise Unclear({told!r})"
    yield "    with Talk() as talk:"
    if body:
        yield body
    for name, text in (("expected", script.expected), ("seen then", script.seen)):
        yield f"        # {name}: {_line(text)}"
    yield f"        return {written(script.judgement)}"


def _lines(step: Step, known: Mapping[Headers, str]) -> Iterator[str]:
    if isinstance(step, (Send, Walk, Watch, Take)) and step.comment:
        yield f"# {_line(step.comment)}"
    if isinstance(step, Send):
        yield f"got{step.number} = talk.send({_sent(step.call, known)})"
    elif isinstance(step, Walk):
        yield f"got{step.number} = walk(talk, {_text(step.call.target)}, {_headers(step.call, known)}, {step.told})"
    elif isinstance(step, Take):
        yield f"{step.name} = {written(step.expression)}"
    elif isinstance(step, Undo):
        yield f"if {step.unless_empty}:"
        yield f"    talk.undo({_text(step.call.target)}, {_headers(step.call, known)})"
    elif isinstance(step, Leave):
        yield f"if {step.unless_empty}:"
        yield f"    leave({_text(step.target)})"
    elif isinstance(step, Pause):
        yield f"wait({step.seconds})"
    elif isinstance(step, Watch):
        yield f"for _ in patience({step.seconds:g}):"
        yield f"    got{step.number} = talk.send({_sent(step.call, known)})"
        yield f"    if not {written(step.until)}:"
        yield "        break"
    else:
        yield from _filled(step, known)


def _filled(step: Fill, known: Mapping[Headers, str]) -> Iterator[str]:
    yield f"# Fill the list, as far as it has fewer than {step.wanted} items."
    listing = f"{_text(step.listing.target)}, {_headers(step.listing, known)}, {step.told}"
    yield f"for _ in range(shortfall(walk(talk, {listing}), {step.told}, {step.wanted})):"
    yield f"    got{step.number} = talk.send({_sent(step.create, known)})"
    made = f"made_id(got{step.number}, {step.envelope!r}, {step.id_name!r})"
    yield f"    id_{step.number} = {written(made)}"
    if step.undo is not None:
        yield f"    talk.undo({_text(step.undo.target)}, {_headers(step.undo, known)})"
    else:
        place = joined([*step.create.target, "/", Variable(f"id_{step.number}", is_quoted=True)])
        yield f"    leave({_text(place)})"


def _sent(call: Call, known: Mapping[Headers, str]) -> str:
    parts = [f'"{call.method}"', _text(call.target), _headers(call, known)]
    return ", ".join([*parts, _text(call.body)] if call.body else parts)


def _headers(call: Call, known: Mapping[Headers, str]) -> str:
    return known.get(call.headers) or _fields(call.headers)


def _fields(headers: Headers) -> str:
    return "{" + ", ".join(f"{written(repr(name))}: {_text(value)}" for name, value in headers) + "}"


def _text(text: Text) -> str:
    return " + ".join(_part(part) for part in text) or '""'


def _part(part: str | Variable | Secret) -> str:
    if isinstance(part, Secret):
        return f'secret("{part.name}")'
    if isinstance(part, Variable):
        return f"quoted({part.name})" if part.is_quoted else part.name
    return written(repr(part))


def _line(text: str) -> str:
    """A text that can stand in one line of a docstring or a comment."""
    plain = " ".join(text.split()).replace("\\", "/").replace('"', "'")
    return "".join(one for one in plain if one.isprintable())[:300]


def _slug(requirement: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", requirement.lower()).strip("_") or "requirement"
