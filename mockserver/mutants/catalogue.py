"""The gallery as a page: docs/mutants.md is what this module writes.

python -m mockserver.mutants.catalogue > docs/mutants.md
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator

from mockserver.mutants import GALLERY
from spec.behaviour import BEHAVIOURS, KINDS

_HEAD = """\
# Mutants

<!-- Written by 'python -m mockserver.mutants.catalogue > docs/mutants.md'; do not edit. -->

A mutant is one deliberate misbehaviour of the mock: a test-suite that is worth its name fails when one is switched
on. There are {count}. Each changes one stage of a request, and breaks one thing that a contract promises.

- from the start, for every workspace: `mockproof serve --mutant page-overlap`
- in one workspace: `curl -X PUT localhost:4010/__mock/mutants -H 'content-type: application/json' \\
  -d '{{"on": ["page-overlap"]}}'`
- for one request: `Prefer: mutant=page-overlap`

Mutants are written against what a contract says of its operations, so they work with any contract; one that no
operation of a contract can show is not offered for it.

| mutant | what is wrong | breaks |
|---|---|---|
"""

_MIDDLE = """
## What they break

| name | what should hold | mutants |
|---|---|---|
"""


def write_catalogue() -> str:
    """The page: every mutant in the order of the gallery, then what they break."""
    rows = [f"| `{mutant.id}` | {mutant.text} | {mutant.breaks} |" for mutant in GALLERY]
    head = _HEAD.format(count=len(GALLERY))
    return head + "\n".join(rows) + "\n" + _MIDDLE + "\n".join(_broken()) + "\n"


def _broken() -> Iterator[str]:
    counts = Counter(mutant.breaks for mutant in GALLERY)
    for name, sentence in {**KINDS, **BEHAVIOURS}.items():
        yield f"| {name} | {sentence} | {counts[name]} |"


if __name__ == "__main__":
    sys.stdout.write(write_catalogue())
