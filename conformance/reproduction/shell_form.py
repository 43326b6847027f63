"""The shell form of a reproducer: POSIX sh with curl, and python3 to read JSON."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import replace
from math import ceil

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
from conformance.reproduction.shell_library import FUNCTIONS, JUDGE, MODULES, WALK


def shell_text(script: Script) -> str:
    """The source of a shell script, complete: the story first, and what it is told with below."""
    walks = any(isinstance(step, (Walk, Fill)) for step in script.steps)
    shared = [f"{name}={_fields(one)}" for one, name in script.headers.items()]
    story = [*shared, *(line for step in script.steps for line in _lines(step, script.headers))]
    used = ["Unclear Answer plain", *(("next_of whole shortfall made_id",) if walks else ())]
    needed = copied([*script.expressions, *used], MODULES)
    return "\n".join(
        (
            *_head(script),
            "",
            "reproduce() {",
            *(f"  {line}" for line in (*_guard(script), *story, *_claim(script))),
            "}",
            "",
            "# That was all there is to see. What follows asks and judges, alike in every such file.",
            "",
            FUNCTIONS.strip("\n"),
            *((WALK,) if walks else ()),
            "",
            *_work(script),
            "cat > \"$work/judge.py\" <<'JUDGE'",
            needed.imports + "\n",
            *(f"{name} = {written(repr(value))}" for name, value in script.constants.items()),
            "\n\n" + needed.definitions,
            JUDGE,
            "JUDGE",
            "reproduce",
            "",
        )
    )


def _head(script: Script) -> Iterator[str]:
    yield "#!/bin/sh"
    yield f"# {_comment(script.requirement)}: {_comment(script.promise)}"
    yield "#"
    yield f"# expected: {_comment(script.expected)}"
    yield f"# seen:     {_comment(script.seen)}"
    yield "#"
    needed = " ".join(f"{name}=…" for name in ("MOCKPROOF_TARGET", *script.variables))
    yield f"# {needed} sh FILE"
    yield "# Needs curl and python3. Exit code 0: fixed. 1: still there. 2: nobody can say."
    yield "set -u"
    yield f'[ -n "${{MOCKPROOF_TARGET:-}}" ] || MOCKPROOF_TARGET={shlex.quote(script.target)}'
    for name in script.variables:
        yield f'[ -n "${{{name}:-}}" ] || {{ echo "cannot say: set {name} to the credential" >&2; exit 2; }}'


def _work(script: Script) -> Iterator[str]:
    """What is set before the story begins: names, a folder, and that all is tidied at the end."""
    yield 'MOCKPROOF_TARGET="${MOCKPROOF_TARGET%/}"'
    yield "export MOCKPROOF_TARGET"
    random = f"$(od -An -N{script.name_length} -tx1 /dev/urandom | tr -d ' \\n' | cut -c1-{script.name_length})"
    yield f'{NAME}={shlex.quote(script.prefix)}"{random}-"'
    yield "newline='"
    yield "'"
    yield "# Asked once: what is called python3 may be a launcher, and slow."
    yield "python=$(python3 -c 'import sys; print(sys.executable)') || exit 2"
    yield 'work=$(mktemp -d) && undone=""'
    yield 'finish() { for one in $undone; do $one; done; rm -rf "$work"; }'
    yield "trap finish EXIT"
    yield "trap 'exit 2' HUP INT TERM"


def _claim(script: Script) -> Iterator[str]:
    yield f"# expected: {_comment(script.expected)}"
    yield f"# seen then: {_comment(script.seen)}"
    yield f"found=$(ask {shlex.quote(f'plain({written(script.judgement)})')}) || exit 2"
    yield """[ -z "$found" ] || { printf 'still there: %s\\n' "$found"; exit 1; }"""
    yield "echo fixed"


def _comment(text: str) -> str:
    """A text that can stand in one line of a comment."""
    return "".join(one for one in " ".join(text.split())[:300] if one.isprintable())


def _guard(script: Script) -> Iterator[str]:
    if script.touches is not None:
        told = (
            f"cannot say: {script.touches} changes what this did not make: set MOCKPROOF_DISPOSABLE=1 at a test system"
        )
        yield f'[ "${{MOCKPROOF_DISPOSABLE:-}}" = 1 ] || {{ echo {shlex.quote(told)} >&2; exit 2; }}'


def _lines(step: Step, known: Mapping[Headers, str]) -> Iterator[str]:
    if isinstance(step, (Send, Walk, Watch, Take)) and step.comment:
        yield f"# {_comment(step.comment)}"
    if isinstance(step, Send):
        yield _sent(str(step.number), step.call, known)
    elif isinstance(step, Walk):
        yield f"walk {step.number} {step.told} {_text(step.call.target)} {_headers(step.call, known)}"
    elif isinstance(step, Take):
        yield f"{step.name}=$(ask {shlex.quote(written(step.expression))}) || exit 2"
        yield f"export {step.name}"
    elif isinstance(step, Undo):
        name = f"undo_{step.unless_empty}"
        yield f'{name}() {{ [ -z "${step.unless_empty}" ] || {_undone(step.call, known)}; }}'
        yield f'undone="{name} $undone"'
    elif isinstance(step, Leave):
        yield f'[ -z "${step.unless_empty}" ] || left {_text(step.target)}'
    elif isinstance(step, Pause):
        yield f"sleep {step.seconds}"
    elif isinstance(step, Watch):
        yield f"until=$(($(date +%s) + {ceil(step.seconds)}))"
        yield "while :; do"
        yield f"  {_sent(str(step.number), step.call, known)}"
        yield f'  [ -n "$(ask {shlex.quote(written(step.until))})" ] && [ "$(date +%s)" -lt "$until" ] || break'
        yield "  sleep 0.2"
        yield "done"
    else:
        yield from _filled(step, known)


def _filled(step: Fill, known: Mapping[Headers, str]) -> Iterator[str]:
    number, identifier = step.number, f"id_{step.number}"
    yield f"walk {number}0000 {step.told} {_text(step.listing.target)} {_headers(step.listing, known)}"
    yield f"missing=$(ask 'shortfall(got{number}0000, {step.told}, {step.wanted})') || exit 2"
    yield f'made_{number}=""'
    if step.undo is not None:
        undone = _undone(_encoded(step.undo), known)
        yield f"undo_{number}() {{ for {identifier} in $made_{number}; do {undone}; done; }}"
        yield f'undone="undo_{number} $undone"'
    yield 'while [ "$missing" -gt 0 ]; do'
    yield f"  {_sent(str(number), step.create, known)}"
    made = f"made_id(got{number}, {step.envelope!r}, {step.id_name!r})"
    yield f"  {identifier}=$(ask {shlex.quote(written(made))}) || exit 2"
    if step.undo is None:
        yield f'  left {_text(step.create.target)}/"$(q "${identifier}")"'
    yield f'  made_{number}="$(q "${identifier}") $made_{number}"; missing=$((missing - 1))'
    yield "done"


def _encoded(call: Call) -> Call:
    """A call whose variables hold ids as they stand in a path."""
    parts = (replace(part, is_quoted=False) if isinstance(part, Variable) else part for part in call.target)
    return replace(call, target=tuple(parts))


def _sent(number: str, call: Call, known: Mapping[Headers, str]) -> str:
    parts = ["send", number, call.method, _text(call.target), _headers(call, known), _text(call.body)]
    return " ".join(parts if call.body else parts[:-1])


def _undone(call: Call, known: Mapping[Headers, str]) -> str:
    return _sent("undo", call, known).replace("send", "undo", 1)


def _headers(call: Call, known: Mapping[Headers, str]) -> str:
    return f'"${known[call.headers]}"' if call.headers in known else _fields(call.headers)


def _fields(headers: Headers) -> str:
    """Header fields as one text, a line for each."""
    # That is how curl is told of a field without a value.
    told = [(f"{name}: ", *value) if value else (f"{name};",) for name, value in headers]
    return _text(joined([part for number, one in enumerate(told) for part in (("\n", *one) if number else one)]))


def _text(text: Text) -> str:
    return "".join(_part(part) for part in text) or "''"


def _part(part: str | Variable | Secret) -> str:
    if isinstance(part, Secret):
        return f'"${part.name}"'
    if isinstance(part, Variable):
        return f'"$(q "${part.name}")"' if part.is_quoted else f'"${part.name}"'
    return shlex.quote(part)
