"""Path templates: the parameters in one, and the order of several."""

from __future__ import annotations


def parameters_in(template: str) -> tuple[str, ...]:
    """Names of the path parameters of a template, in order."""
    return tuple(piece.partition("}")[0] for piece in template.split("{")[1:])


def concrete_first(path: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts literal segments before templated ones, as OpenAPI asks of a router."""
    return tuple((int("{" in segment), segment) for segment in path.split("/"))
