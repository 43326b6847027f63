"""What every shell reproducer is told with: functions that send and walk, and a judge in Python, as source text."""

from __future__ import annotations

MODULES = ("os", "re", "sys")
"""What the judge imports."""

JUDGE = '''

work = os.path.dirname(os.path.abspath(__file__))


def file_of(number, part):
    """What a file of a step holds, as text."""
    with open(f"{work}/{number}.{part}", encoding="latin-1" if part == "head" else "utf-8", newline="") as file:
        return file.read()


def load(name):
    """The answer to a step, or the list of answers where it walked pages."""
    number = name.removeprefix("got")
    if os.path.exists(f"{work}/{number}.pages"):
        return [load(one) for one in file_of(number, "pages").split()]
    blocks = [one for one in file_of(number, "head").replace("\\r", "").split("\\n\\n") if one.strip()]
    headers = {}
    for line in blocks[-1].splitlines()[1:]:
        key, _, value = line.partition(":")
        known = headers.get(key.lower())
        headers[key.lower()] = f"{known}, {value.strip()}" if known else value.strip()
    status, seconds = file_of(number, "line").split()
    with open(f"{work}/{number}.body", "rb") as file:
        body = file.read()
    texts = [file_of(number, part) for part in ("target", "sent", "kind")]
    return Answer(int(status), headers, body, float(seconds), texts[0], texts[1], texts[2].strip())


expression = sys.argv[1]
try:
    names = compile(expression, "expression", "eval").co_names
    steps = {name: load(name) for name in names if re.fullmatch("got[0-9]+", name)}
    values = {name: os.environ.get(name, "") for name in names if re.fullmatch("(id|value)_[0-9]+", name)}
    print(eval(expression, {**globals(), **steps, **values}))
except Exception as error:
    print("cannot say: " + plain(str(error) if isinstance(error, Unclear) else repr(error)), file=sys.stderr)
    sys.exit(2)'''
"""The end of the judge, below what was copied: reads the files of each step, and says what an expression finds."""


FUNCTIONS = r"""
ask() { "$python" -I -S "$work/judge.py" "$1"; }

q() { # an id as it stands in a path
  case $1 in
    *[!A-Za-z0-9._~-]*) ;;
    *) printf %s "$1"; return ;;
  esac
  "$python" -I -S -c 'import sys, urllib.parse; print(urllib.parse.quote(sys.argv[1], safe=""))' "$1"
}

send() { # number, method, target, header fields, body
  n=$1 method=$2 path=$3 fields=$4 content=${5:-} tries=0
  case $fields in
    *content-type:\ *) kind=${fields##*content-type: } kind=${kind%%"$newline"*} ;;
    *) kind="" ;;
  esac
  # Fields go through a file: others on the machine see the arguments of a program, and these hold the credential.
  printf %s "${fields:+$fields$newline}" > "$work/$n.fields"
  printf %s "$path" > "$work/$n.target"; printf %s "$content" > "$work/$n.sent"; printf %s "$kind" > "$work/$n.kind"
  case $method in
    HEAD) set -- --head ;;
    GET) set -- ;;
    *) set -- -X "$method" --data-binary "@$work/$n.sent"; [ -n "$kind" ] || set -- "$@" -H content-type: ;;
  esac
  while :; do
    [ "${MOCKPROOF_PAUSE:-0}" = 0 ] || sleep "$MOCKPROOF_PAUSE"
    : > "$work/$n.body"
    curl -qsSg --path-as-is --max-time 30 --max-filesize 67108864 -D "$work/$n.head" -o "$work/$n.body" \
      -w '%{http_code} %{time_total}' -H "@$work/$n.fields" "$@" "$MOCKPROOF_TARGET$path" > "$work/$n.line" ||
      { printf 'cannot say: no answer to %s\n' "$method $path" >&2; exit 2; }
    read -r status seconds < "$work/$n.line" || :
    [ "$status" = 429 ] || break
    tries=$((tries + 1)) later=$(sed -n 's/^[Rr]etry-[Aa]fter: *\([0-9]\)[^0-9]*$/\1/p' "$work/$n.head")
    [ -n "$later" ] && [ "$tries" -lt 3 ] || break
    sleep "$later"
  done
  [ "$method" != HEAD ] || : > "$work/$n.body" # where curl puts the header fields
}

left() { printf 'left behind: %s\n' "$1"; }

undo() { # like send
  (send "$@") 2> "$work/trouble" || : > "$work/$1.line"
  case $(cat "$work/$1.line") in 2*|404*|410*) ;; *) left "$3" ;; esac
}
"""
"""Functions that ask, tidy up, and tell what was left behind."""

WALK = r"""
walk() { # number, name of what is told of the list, target, header fields
  number=$1 told=$2 following=$3 asking=$4
  : > "$work/$number.pages"; : > "$work/$number.seen"; count=0
  while [ -n "$following" ] && [ "$count" -lt 40 ] && ! grep -Fxq -- "$following" "$work/$number.seen"; do
    count=$((count + 1))
    printf '%s\n' "$following" >> "$work/$number.seen"
    send "$number-$count" GET "$following" "$asking"
    case $status in 2*) ;; *) [ "$count" -eq 1 ] || break ;; esac
    echo "$number-$count" >> "$work/$number.pages"
    following=$(ask "next_of(load('$number-$count'), $told) if load('$number-$count').status < 300 else ''") || exit 2
  done
  ask "whole(got$number, $told) and ''" > "$work/$number.whole" || exit 2
}"""
"""The function that follows a list from page to page."""
