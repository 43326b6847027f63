"""How large a document may be before it is refused.

A contract of a thousand operations stays two orders of magnitude below each of these.
"""

from __future__ import annotations

MAX_BYTES = 10 * 1024 * 1024
"""Bytes of one file, or of all the files of one bundle together."""

MAX_DEPTH = 200
"""Lists and mappings around a value. Python's own recursion limit would be met at about 1,000."""

MAX_NODES = 1_000_000
"""Values in one document."""

MAX_ALIAS_NODES = 10_000
"""Values that a document may gain by repeating anchored ones."""

MAX_DIGITS = 4_000
"""Decimal digits of an integer. Python refuses to print one of more than 4,300."""

MAX_FILES = 1_000
"""Files that one bundle may draw together."""

MAX_REFERENCES = 100_000
"""`$ref`s that one bundle may follow; one that lies inside several referenced values counts for each."""
