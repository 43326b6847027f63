"""Safe loading: the one way in which any part of mockproof reads a YAML or JSON file.

A document arrives as plain data with string keys, knows the lines of every value, and cannot hurt:
no tags that build objects, no aliases that grow, no nesting without end, no key that hides another,
no file outside its folder, no network. Everything that is refused is a `LoadError` with file, line
and what to do.

`yaml_source` and `json_source` read the two formats and drive one `Builder`, which holds the limits;
`file` opens files; `reference` and `bundle` follow `$ref` from file to file.
"""

from __future__ import annotations

from spec.loading.bundle import bundle
from spec.loading.document import Loaded
from spec.loading.file import load_document, load_text, safe_member

__all__ = ["Loaded", "bundle", "load_document", "load_text", "safe_member"]
