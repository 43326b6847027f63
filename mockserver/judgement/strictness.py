"""How much a request may bring that its operation does not declare."""

from __future__ import annotations

from enum import StrEnum


class Strictness(StrEnum):
    """What happens to things in a request that nobody declared.

    STRICT: query parameters and form fields that the contract does not name are refused. This finds misspelled
    names. NORMAL: they are let through, as OpenAPI has it, unless a schema closes its object by
    `additionalProperties: false`. LENIENT: they are ignored even then, and of a JSON member that is given twice
    the last one counts; in the other two that is malformed. Values of declared things are judged alike in all three.
    """

    STRICT = "strict"
    NORMAL = "normal"
    LENIENT = "lenient"
