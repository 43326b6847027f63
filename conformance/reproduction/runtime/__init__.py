"""What a reproducer carries with it: small functions of the standard library alone.

Their source text is copied into each reproducer, as far as it is used (`conformance.reproduction.embedding`), so
nothing here may import anything of this project but the other modules that are copied. A judging function returns
what is still wrong, in words, or an empty text; it raises Unclear when the answers do not show either.
"""

from __future__ import annotations
