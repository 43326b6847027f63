"""The shell form of a reproducer: POSIX sh with curl, and python3 to read JSON."""

from __future__ import annotations

import shlex
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


def shell_text(script: Script) -> str:
    """The source of a shell script, complete."""
    expressions = [*script.expressions, "Unclear Answer next_of whole shortfall rows made_id"]
    return "\n".join(
        (
            *_head(script),
            "cat > \"$work/judge.py\" <<'JUDGE'",
            embedded(expressions).replace(
                "from __future__ import annotations\n",
                "from __future__ import annotations\n\nimport os\nimport re\nimport sys",
                1,
            ),
            *(f"{name} = {written(repr(value))}" for name, value in script.constants.items()),
            _JUDGE,
            "JUDGE",
            _FUNCTIONS,
            *_guard(script),
            *(line for step in script.steps for line in _lines(step)),
            f"found=$(ask {shlex.quote(written(script.judgement))}) || exit 2",
            'if [ -n "$found" ]; then echo "still there: $found"; exit 1; fi',
            "echo fixed",
            "",
        )
    )


_JUDGE = '''

def load(name):
    """The answer to a step, or the list of answers where it walked pages."""
    work, number = os.path.dirname(os.path.abspath(__file__)), name.removeprefix("got")
    if os.path.exists(f"{work}/{number}.pages"):
        pages = open(f"{work}/{number}.pages").read().split()
        return [load(one) for one in pages]
    with open(f"{work}/{number}.head", encoding="latin-1") as file:
        blocks = [one for one in file.read().replace("\\r", "").split("\\n\\n") if one.strip()]
    headers = {}
    for line in blocks[-1].splitlines()[1:]:
        key, _, value = line.partition(":")
        known = headers.get(key.lower())
        headers[key.lower()] = f"{known}, {value.strip()}" if known else value.strip()
    status, seconds = open(f"{work}/{number}.line").read().split()
    with open(f"{work}/{number}.body", "rb") as file:
        body = file.read()
    parts = (open(f"{work}/{number}.{part}", encoding="utf-8") for part in ("target", "kind", "sent"))
    target, kind, sent = (file.read() for file in parts)
    return Answer(int(status), headers, body, float(seconds), target, sent, kind)


expression = sys.argv[1]
names = {name: load(name) for name in re.findall(r"\\bgot[0-9.]+\\b", expression) if "." not in name}
names.update({name: os.environ.get(name, "") for name in re.findall(r"\\b(?:id|value)_[0-9]+\\b", expression)})
try:
    print(eval(expression, {**globals(), **names}))
except Exception as error:
    print(f"cannot say: {error if isinstance(error, Unclear) else repr(error)}", file=sys.stderr)
    sys.exit(2)'''

_FUNCTIONS = r"""
ask() { python3 "$work/judge.py" "$1"; }

q() { python3 -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], safe=""))' "$1"; }

send() { # number, method, target, body, arguments of curl
  n=$1 method=$2 path=$3 content=$4
  shift 4
  printf %s "$path" > "$work/$n.target"; printf %s "$content" > "$work/$n.sent"; : > "$work/$n.kind"
  for word in "$@"; do
    case $word in content-type:\ *) printf %s "${word#content-type: }" > "$work/$n.kind" ;; esac
  done
  case $method in
    HEAD) set -- "$@" --head ;;
    GET) ;;
    *) set -- "$@" -X "$method" --data-raw "$content" ; [ -s "$work/$n.kind" ] || set -- "$@" -H content-type: ;;
  esac
  : > "$work/$n.body"
  curl -sSg --path-as-is --max-time 30 -D "$work/$n.head" -o "$work/$n.body" -w '%{http_code} %{time_total}' "$@" \
    "$MOCKPROOF_TARGET$path" > "$work/$n.line" || { echo "cannot say: no answer to $method $path" >&2; exit 2; }
}

walk() { # number, name of what is told of the list, target, arguments of curl
  number=$1 told=$2 following=$3
  shift 3
  : > "$work/$number.pages"; : > "$work/$number.seen"; count=0
  while [ -n "$following" ] && [ "$count" -lt 40 ] && ! grep -Fxq -- "$following" "$work/$number.seen"; do
    count=$((count + 1))
    printf '%s\n' "$following" >> "$work/$number.seen"
    send "$number-$count" GET "$following" "" "$@"
    case $(cat "$work/$number-$count.line") in 2*) ;; *) [ "$count" -eq 1 ] || break ;; esac
    echo "$number-$count" >> "$work/$number.pages"
    following=$(ask "next_of(load('$number-$count'), $told) if load('$number-$count').status < 300 else ''") || exit 2
  done
  ask "whole(got$number, $told) and ''" > "$work/$number.whole" || exit 2
}
"""


def _head(script: Script) -> Iterator[str]:
    yield "#!/bin/sh"
    for text in (f"{script.requirement}: {script.promise}", f"expected: {script.expected}", f"seen: {script.seen}"):
        yield "# " + "".join(one for one in " ".join(text.split())[:300] if one.isprintable())
    yield "# Needs curl and python3. Exit code 0: fixed. 1: still there. 2: nobody can say."
    yield "set -u"
    yield f'[ -n "${{MOCKPROOF_TARGET:-}}" ] || MOCKPROOF_TARGET={shlex.quote(script.target)}'
    yield 'MOCKPROOF_TARGET="${MOCKPROOF_TARGET%/}"'
    yield "export MOCKPROOF_TARGET"
    for name in script.variables:
        yield f'[ -n "${{{name}:-}}" ] || {{ echo "cannot say: set {name} to the credential" >&2; exit 2; }}'
    random = f"$(od -An -N{script.name_length} -tx1 /dev/urandom | tr -d ' \\n' | cut -c1-{script.name_length})"
    yield f'{NAME}={shlex.quote(script.prefix)}"{random}-"'
    yield 'work=$(mktemp -d) && undone=""'
    yield 'finish() { for one in $undone; do $one; done; rm -rf "$work"; }'
    yield "trap finish EXIT"


def _guard(script: Script) -> Iterator[str]:
    if script.touches is not None:
        told = (
            f"cannot say: {script.touches} changes what this did not make: set MOCKPROOF_DISPOSABLE=1 at a test system"
        )
        yield f'[ "${{MOCKPROOF_DISPOSABLE:-}}" = 1 ] || {{ echo {shlex.quote(told)} >&2; exit 2; }}'


def _lines(step: Step) -> Iterator[str]:
    if isinstance(step, (Send, Walk, Watch, Take)) and step.comment:
        yield "# " + " ".join(step.comment.split())
    if isinstance(step, Send):
        yield _sent(str(step.number), step.call)
    elif isinstance(step, Walk):
        yield f"walk {step.number} {step.told} {_text(step.call.target)}{_headers(step.call)}"
    elif isinstance(step, Take):
        yield f"{step.name}=$(ask {shlex.quote(written(step.expression))}) || exit 2"
        yield f"export {step.name}"
    elif isinstance(step, Undo):
        name = f"undo_{step.unless_empty}"
        yield f'{name}() {{ [ -z "${step.unless_empty}" ] || {_sent("undo", step.call)}; }}'
        yield f'undone="{name} $undone"'
    elif isinstance(step, Leave):
        yield f'[ -z "${step.unless_empty}" ] || echo "left behind: "{_text(step.target)}'
    elif isinstance(step, Pause):
        yield f"sleep {step.seconds}"
    elif isinstance(step, Watch):
        yield "tries=0"
        yield f"while [ $tries -lt {max(int(step.seconds * 5), 1)} ]; do"
        yield f"  {_sent(str(step.number), step.call)}"
        yield f'  [ -n "$(ask {shlex.quote(written(step.until))})" ] || break'
        yield "  tries=$((tries + 1)); sleep 0.2"
        yield "done"
    else:
        yield from _filled(step)


def _filled(step: Fill) -> Iterator[str]:
    number, identifier = step.number, f"id_{step.number}"
    yield f"walk {number}0000 {step.told} {_text(step.listing.target)}{_headers(step.listing)}"
    yield f"missing=$(ask 'shortfall(got{number}0000, {step.told}, {step.wanted})') || exit 2"
    yield f'made_{number}=""'
    if step.undo is not None:
        yield f"undo_{number}() {{ for {identifier} in $made_{number}; do {_sent('undo', step.undo)}; done; }}"
        yield f'undone="undo_{number} $undone"'
    yield 'while [ "$missing" -gt 0 ]; do'
    yield f"  {_sent(str(number), step.create)}"
    made = f"made_id(got{number}, {step.envelope!r}, {step.id_name!r})"
    yield f"  {identifier}=$(ask {shlex.quote(written(made))}) || exit 2"
    if step.undo is None:
        yield f'  echo "left behind: "{_text(step.create.target)}/"${identifier}"'
    yield f'  made_{number}="${identifier} $made_{number}"; missing=$((missing - 1))'
    yield "done"


def _sent(number: str, call: Call) -> str:
    return f"send {number} {call.method} {_text(call.target)} {_text(call.body)}{_headers(call)}"


def _headers(call: Call) -> str:
    return "".join(f" -H {_text((f'{name}: ', *value))}" for name, value in call.headers)


def _text(text: Text) -> str:
    return "".join(_part(part) for part in text) or "''"


def _part(part: str | Variable | Secret) -> str:
    if isinstance(part, Secret):
        return f'"${part.name}"'
    if isinstance(part, Variable):
        return f'"$(q "${part.name}")"' if part.is_quoted else f'"${part.name}"'
    return shlex.quote(part)
