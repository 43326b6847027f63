"""HTML that is safe by construction: text becomes markup in `element` only, which escapes it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import Final

from conformance.secret import printable

_VOID: Final = frozenset({"meta", "input", "br", "rect", "link"})
"""Elements without an end tag; `rect` lives in an inline SVG and is closed at once."""


class Markup(str):
    """Text that is markup already. Anything made of it by other means than `element` and `joined` is text again."""

    __slots__ = ()


Child = str | Iterable[str] | None
Attribute = str | int | float | bool | None


def element(tag: str, /, *children: Child, **attributes: Attribute) -> Markup:
    """One element; children that are no Markup are escaped, and so is every attribute.

    An attribute that is None or False is left out, True is written bare. `_` in its name becomes `-`, and one at the
    end only keeps it apart from a word of Python (`class_`).
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if tag in _VOID:
        return Markup(f"<{tag}{written}{'/' if tag == 'rect' else ''}>")
    return Markup(f"<{tag}{written}>{joined(children)}</{tag}>")


def joined(children: Iterable[Child]) -> Markup:
    """Children one after the other, text escaped."""
    return Markup("".join(_written(child) for child in children))


def text_of(text: str) -> Markup:
    """Text as markup: what a browser shows is the text, with control characters written out."""
    return Markup(escape(printable(text)))


def _written(child: Child) -> str:
    if child is None:
        return ""
    if isinstance(child, Markup):
        return child
    return text_of(child) if isinstance(child, str) else joined(child)


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{text_of(str(value))}"'
