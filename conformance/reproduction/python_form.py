"""The Python form of a reproducer: one file of the standard library, for pytest and for python3."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.reproduction.embedding import embedded
from conformance.reproduction.phrasing import NAME
from conformance.reproduction.script import (
    Call,
    Fill,
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
    """The source of a reproducer, complete."""
    used = [*script.expressions, "Talk Unclear"]
    body = "\n".join(f"        {line}" for step in script.steps for line in _lines(step))
    uses = body + " ".join(used)
    used += [word for word in ("secret", "quoted", "wait", "leave", "shortfall", "made_id", "by_eye") if word in uses]
    source = embedded(used).replace(
        "from __future__ import annotations\n",
        "from __future__ import annotations\n\nimport os\nimport secrets\nimport sys",
        1,
    )
    return "\n".join(
        (
            f'"""{_docstring(script)}"""\n',
            _without_twice(source),
            "\n",
            f'os.environ.setdefault("MOCKPROOF_TARGET", {written(repr(script.target))})',
            _name(script),
            *(f"{name} = {written(repr(value))}" for name, value in script.constants.items()),
            "\n",
            *_complaint(script, body),
            "\n",
            f"def test_{_slug(script.requirement)}() -> None:",
            f'    """{_line(script.promise)}"""',
            "    found = complaint()",
            "    assert not found, found",
            "\n",
            *_MAIN,
        )
    )


_MAIN = (
    'if __name__ == "__main__":',
    "    try:",
    "        found = complaint()",
    "    except Exception as error:  # whatever it is, nobody can say that the fault is there",
    '        print(f"cannot say: {error if isinstance(error, Unclear) else repr(error)}")',
    "        sys.exit(2)",
    '    print(f"still there: {found}" if found else "fixed")',
    "    sys.exit(1 if found else 0)",
    "",
)


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
    yield f"        return {written(script.judgement)}"


def _lines(step: Step) -> Iterator[str]:
    if isinstance(step, (Send, Walk, Watch, Take)) and step.comment:
        yield f"# {_line(step.comment)}"
    if isinstance(step, Send):
        yield f"got{step.number} = talk.send({_sent(step.call)})"
    elif isinstance(step, Walk):
        yield f"got{step.number} = talk.walk({_text(step.call.target)}, {_headers(step.call)}, {step.told})"
    elif isinstance(step, Take):
        yield f"{step.name} = {written(step.expression)}"
    elif isinstance(step, Undo):
        yield f"if {step.unless_empty}:"
        yield f"    talk.undo({_text(step.call.target)}, {_headers(step.call)})"
    elif isinstance(step, Leave):
        yield f"if {step.unless_empty}:"
        yield f"    leave({_text(step.target)})"
    elif isinstance(step, Pause):
        yield f"wait({step.seconds})"
    elif isinstance(step, Watch):
        yield f"for _ in range({max(int(step.seconds * 5), 1)}):"
        yield f"    got{step.number} = talk.send({_sent(step.call)})"
        yield f"    if not {written(step.until)}:"
        yield "        break"
        yield "    wait(0.2)"
    else:
        yield from _filled(step)


def _filled(step: Fill) -> Iterator[str]:
    yield f"# Fill the list, as far as it has fewer than {step.wanted} items."
    listing = f"{_text(step.listing.target)}, {_headers(step.listing)}, {step.told}"
    yield f"for _ in range(shortfall(talk.walk({listing}), {step.told}, {step.wanted})):"
    yield f"    got{step.number} = talk.send({_sent(step.create)})"
    yield f"    id_{step.number} = made_id(got{step.number}, {step.envelope!r}, {step.id_name!r})"
    if step.undo is not None:
        yield f"    talk.undo({_text(step.undo.target)}, {_headers(step.undo)})"
    else:
        yield f'    leave({_text(step.create.target)} + "/" + id_{step.number})'


def _sent(call: Call) -> str:
    parts = [f'"{call.method}"', _text(call.target), _headers(call)]
    return ", ".join([*parts, _text(call.body)] if call.body else parts)


def _headers(call: Call) -> str:
    return "{" + ", ".join(f"{written(repr(name))}: {_text(value)}" for name, value in call.headers) + "}"


def _text(text: Text) -> str:
    return " + ".join(_part(part) for part in text) or '""'


def _part(part: str | Variable | Secret) -> str:
    if isinstance(part, Secret):
        return f'secret("{part.name}")'
    if isinstance(part, Variable):
        return f"quoted({part.name})" if part.is_quoted else part.name
    return written(repr(part))


def _without_twice(source: str) -> str:
    """The source with each import line once."""
    seen: set[str] = set()
    kept = []
    for line in source.splitlines():
        if line.startswith(("import ", "from ")):
            if line in seen:
                continue
            seen.add(line)
        kept.append(line)
    return "\n".join(kept)


def _line(text: str) -> str:
    """A text that can stand in one line of a docstring or a comment."""
    plain = " ".join(text.split()).replace("\\", "/").replace('"', "'")
    return "".join(one for one in plain if one.isprintable())[:300]


def _slug(requirement: str) -> str:
    return re.sub(r"[^a-z0-9]+", "_", requirement.lower()).strip("_") or "requirement"
