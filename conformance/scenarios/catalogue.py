"""Which check looks for which behaviour: written down in one place, never registered from afar."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from conformance.scenarios import (
    boundary,
    changing,
    condition,
    content,
    cursor,
    deleting,
    field,
    lifecycle,
    linking,
    listing,
    member,
    method,
    paging,
    permission,
    reading,
    state,
    writing,
)
from conformance.scenarios.scene import Scene
from conformance.verdict.sighting import Sighting
from spec.contract import Operation
from spec.requirements import Requirement

Check = Callable[[Scene, Operation], Iterator[Sighting]]

KINDS: Mapping[str, Check] = MappingProxyType(
    {
        "success": reading.success,
        "authentication": permission.authentication,
        "parameters": boundary.parameters,
        "body": boundary.body,
    }
)
"""Kind of derived requirement to the check that looks for it, beside what every exchange shows."""

BEHAVIOURS: Mapping[str, Check] = MappingProxyType(
    {
        "page-order": paging.page_order,
        "page-default-size": paging.page_default_size,
        "page-links": linking.page_links,
        "limit-respected": paging.limit_respected,
        "page-total": paging.page_total,
        "cursor-complete": cursor.cursor_complete,
        "filter-honoured": listing.filter_honoured,
        "sort-honoured": listing.sort_honoured,
        "scope-of-list": member.scope_of_list,
        "item-members": member.item_members,
        "list-agrees": listing.list_agrees,
        "read-by-id": reading.read_by_id,
        "unknown-id-is-refused": member.unknown_id_is_refused,
        "parent-scope": reading.parent_scope,
        "answer-time": reading.answer_time,
        "head-as-get": reading.head_as_get,
        "create-read-back": writing.create_read_back,
        "item-in-list": writing.item_in_list,
        "unique-id": writing.unique_id,
        "location": writing.location,
        "idempotent-create": writing.idempotent_create,
        "latest-default": state.latest_default,
        "date-format": field.date_format,
        "comma-list": field.comma_list,
        "flag-accepted": field.flag_accepted,
        "update-persists": changing.update_persists,
        "update-echo": changing.update_echo,
        "update-alone": changing.update_alone,
        "patch-keeps": changing.patch_keeps,
        "replace-whole": changing.replace_whole,
        "delete-gone": deleting.delete_gone,
        "delete-alone": deleting.delete_alone,
        "lifecycle-start": lifecycle.lifecycle_start,
        "lifecycle-order": lifecycle.lifecycle_order,
        "lifecycle-end": lifecycle.lifecycle_end,
        "lifecycle-progress": lifecycle.lifecycle_progress,
        "optional-singleton": state.optional_singleton,
        "renew-url": writing.renew_url,
        "moments-in-order": lifecycle.moments_in_order,
        "permission-visible": permission.permission_visible,
        "permission-change": permission.permission_change,
        "foreign-hidden": permission.foreign_hidden,
        "challenge": permission.challenge,
        "method-not-allowed": method.method_not_allowed,
        "entity-tag": condition.entity_tag,
        "not-modified": condition.not_modified,
        "precondition": condition.precondition,
        "content-bytes": content.content_bytes,
        "content-media-type": content.content_media_type,
        "content-range": content.content_range,
        "content-digest": content.content_digest,
        "content-size": content.content_size,
    }
)
"""Behaviour of a requirement to the check that looks for it."""


_SOONEST = """
    success unknown-id-is-refused method-not-allowed authentication challenge read-by-id page-order page-total
    item-members head-as-get page-links limit-respected cursor-complete scope-of-list list-agrees
    parent-scope lifecycle-start create-read-back item-in-list location unique-id page-default-size update-persists
    update-echo update-alone patch-keeps replace-whole permission-visible foreign-hidden permission-change content-bytes
    content-media-type content-digest content-size content-range not-modified entity-tag filter-honoured
    sort-honoured parameters body lifecycle-order lifecycle-end moments-in-order delete-gone delete-alone
    idempotent-create precondition optional-singleton latest-default date-format comma-list flag-accepted renew-url
    lifecycle-progress answer-time
"""
"""Behaviours and kinds, those first that few requests show."""

_RANK: Mapping[str, int] = MappingProxyType({name: place for place, name in enumerate(_SOONEST.split())})


def check_of(requirement: Requirement) -> Check | None:
    """The check that looks for a requirement; None where every exchange shows it, or where there is none."""
    if requirement.behaviour is not None:
        return BEHAVIOURS.get(requirement.behaviour)
    return KINDS.get(requirement.kind)


def in_order(requirements: Iterable[Requirement]) -> list[tuple[Requirement, str]]:
    """Requirements with each of their operations, in the order in which a fault is found soonest.

    Every behaviour is looked at once before any is looked at again, as a fault seldom spares the first operation;
    and what takes few requests comes before what takes many.
    """
    rounds: dict[str, int] = {}
    found: list[tuple[int, int, Requirement, str]] = []
    for requirement in requirements:
        name = requirement.behaviour or requirement.kind
        for operation in requirement.operations:
            rounds[name] = rounds.get(name, 0) + 1
            found.append((rounds[name], _RANK.get(name, len(_RANK)), requirement, operation))
    return [(requirement, operation) for _, _, requirement, operation in sorted(found, key=lambda one: one[:2])]


def known_behaviours() -> frozenset[str]:
    """The behaviours that a requirement may name."""
    return frozenset(BEHAVIOURS)
