"""Which check looks for which behaviour: written down in one place, never registered from afar."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType

from conformance.scenarios import field, member, paging, permission, state, writing
from conformance.scenarios.scene import Scene
from conformance.scenarios.sighting import Sighting
from spec.contract import Operation

Check = Callable[[Scene, Operation], Iterator[Sighting]]

BEHAVIOURS: Mapping[str, Check] = MappingProxyType(
    {
        "page-order": paging.page_order,
        "page-default-size": paging.page_default_size,
        "page-links": paging.page_links,
        "limit-respected": paging.limit_respected,
        "permission-visible": permission.permission_visible,
        "permission-change": permission.permission_change,
        "create-read-back": writing.create_read_back,
        "update-persists": writing.update_persists,
        "item-in-list": writing.item_in_list,
        "renew-url": writing.renew_url,
        "optional-singleton": state.optional_singleton,
        "latest-default": state.latest_default,
        "date-format": field.date_format,
        "comma-list": field.comma_list,
        "flag-accepted": field.flag_accepted,
        "scope-of-list": member.scope_of_list,
        "item-members": member.item_members,
        "unknown-id-is-refused": member.unknown_id_is_refused,
    }
)
"""Behaviour of a written requirement to the check that looks for it."""


def known_behaviours() -> frozenset[str]:
    """The behaviours that a written requirement may name."""
    return frozenset(BEHAVIOURS)
