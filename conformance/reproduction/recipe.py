"""Which recipe reproduces which failure: written down in one place."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from conformance.reproduction import recipe_answer as answer
from conformance.reproduction import recipe_change as change
from conformance.reproduction import recipe_content as content
from conformance.reproduction import recipe_lifecycle as lifecycle
from conformance.reproduction import recipe_listing as listing
from conformance.reproduction import recipe_page as page
from conformance.reproduction.case import Recipe
from conformance.verdict.examiner import HEADERS, MEDIA_TYPE, SCHEMA, STATUS

RECIPES: Mapping[str, Recipe] = MappingProxyType(
    {
        STATUS: answer.status,
        MEDIA_TYPE: answer.media_type,
        SCHEMA: answer.shape,
        HEADERS: answer.header_fields,
        "ST101": answer.no_server_error,
        "ST102": answer.no_server_error,
        "ST103": answer.status,
        "ST104": answer.media_type,
        "ST105": answer.media_type,
        "ST106": answer.media_type,
        "ST107": answer.header_fields,
        "ST108": answer.shape,
        "ST109": answer.shape,
        "ST110": answer.shape,
        "ST111": answer.shape,
        "ST201": answer.refusal,
        "ST202": answer.acceptance,
        "ST203": answer.refusal,
        "ST204": answer.status,
        "ST205": answer.method,
        "ST301": answer.deleted_item,
        "ST302": answer.created_item,
        "ST401": answer.authentication,
        "ST402": answer.refusal,
        "success": answer.created_item,
        "authentication": answer.authentication,
        "parameters": answer.edge,
        "body": answer.edge,
        "challenge": answer.challenge,
        "method-not-allowed": answer.method,
        "unknown-id-is-refused": answer.refusal,
        "permission-visible": answer.hidden_item,
        "permission-change": answer.forbidden,
        "foreign-hidden": answer.hidden_item,
        "parent-scope": answer.stranger,
        "head-as-get": answer.head,
        "answer-time": answer.speed,
        "entity-tag": answer.entity_tag,
        "not-modified": answer.not_modified,
        "precondition": answer.precondition,
        "date-format": answer.field_value,
        "comma-list": answer.field_value,
        "flag-accepted": answer.field_value,
        "page-order": page.page_order,
        "page-default-size": page.page_default_size,
        "page-links": page.page_links,
        "limit-respected": page.limit_respected,
        "page-total": page.page_total,
        "cursor-complete": page.cursor_complete,
        "filter-honoured": listing.filter_honoured,
        "sort-honoured": listing.sort_honoured,
        "scope-of-list": listing.scope_of_list,
        "item-members": listing.item_members,
        "list-agrees": listing.list_agrees,
        "item-in-list": listing.item_in_list,
        "unique-id": listing.unique_id,
        "optional-singleton": listing.optional_singleton,
        "latest-default": listing.latest_default,
        "create-read-back": change.create_read_back,
        "read-by-id": change.read_by_id,
        "location": change.location,
        "idempotent-create": change.idempotent_create,
        "renew-url": change.renew_url,
        "update-persists": change.update_persists,
        "update-echo": change.update_echo,
        "update-alone": change.update_alone,
        "patch-keeps": change.patch_keeps,
        "replace-whole": change.replace_whole,
        "delete-gone": change.delete_gone,
        "delete-alone": change.delete_alone,
        "lifecycle-start": lifecycle.lifecycle_start,
        "lifecycle-order": lifecycle.lifecycle_order,
        "lifecycle-end": lifecycle.lifecycle_end,
        "lifecycle-progress": lifecycle.lifecycle_progress,
        "moments-in-order": lifecycle.moments_in_order,
        "content-bytes": content.content_bytes,
        "content-media-type": content.content_media_type,
        "content-range": content.content_range,
        "content-digest": content.content_digest,
        "content-size": content.content_size,
    }
)
"""Code of a failure, or behaviour of a check, to its recipe; what has none is to be judged by eye."""
