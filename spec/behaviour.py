"""What a requirement can be about: kinds that follow from the contract itself, and behaviours in words.

A mutant names one of these as what it breaks. A written requirement names a behaviour, and a check looks for it;
not every behaviour has a requirement in every contract.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

KINDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "success": "A valid request is answered with success.",
        "no-server-error": "No request is answered with a server error.",
        "status": "Answers have documented status codes.",
        "media-type": "Answers are in documented media types.",
        "schema": "Answers have the documented shape.",
        "headers": "Answers carry the documented header fields.",
        "parameters": "Valid parameters are taken, invalid ones refused.",
        "body": "A valid body is taken, an invalid one refused.",
        "authentication": "A request without valid credentials is refused.",
    }
)
"""Kinds of requirements that `spec.requirements` derives from any contract."""

BEHAVIOURS: Final[Mapping[str, str]] = MappingProxyType(
    {
        # lists
        "page-order": "A list is in its declared order.",
        "page-default-size": "A page has its default size when no other is asked for.",
        "limit-respected": "A page holds no more items than asked for, and as many as there are.",
        "page-links": "Links lead through all pages, show each item once, and lead back.",
        "page-total": "The total count is that of all items of the list.",
        "cursor-complete": "Following cursors shows each item once, and ends.",
        "filter-honoured": "A filtered list holds the items that match, and all of them.",
        "sort-honoured": "A list is in the order that was asked for.",
        "scope-of-list": "A list below a parent holds that parent's items and no others.",
        "item-members": "Every item of a list has an id and says when it was made.",
        "list-agrees": "A list and a read tell the same of an item.",
        # reading
        "read-by-id": "Reading an id answers the item that has it.",
        "unknown-id-is-refused": "An id that nobody has is refused.",
        "parent-scope": "An item is found below its own parent only.",
        "answer-time": "An answer comes within a second.",
        "head-as-get": "HEAD is answered as GET is, without the body.",
        # creating
        "create-read-back": "What was created can be read, with what was sent.",
        "item-in-list": "What was created is listed.",
        "unique-id": "No two items have the same id.",
        "location": "The Location of a new item leads to it.",
        "idempotent-create": "The same idempotency key makes one item, another key makes another.",
        "latest-default": "Where no sibling is named, the newest is meant.",
        "date-format": "A date is taken in its stated form and in no other.",
        "comma-list": "A list of several values, separated by commas, is taken whole.",
        "flag-accepted": "A flag is taken.",
        # changing and deleting
        "update-persists": "What a change changed stays changed.",
        "update-echo": "The answer to a change shows the item as it is afterwards.",
        "update-alone": "A change changes one item.",
        "patch-keeps": "A partial change keeps what was not sent.",
        "replace-whole": "A replacement keeps nothing of what was there.",
        "delete-gone": "What was deleted is neither read nor listed.",
        "delete-alone": "A deletion takes one item, and what is below it.",
        # lifecycles
        "lifecycle-start": "A new item is in its first state.",
        "lifecycle-order": "States follow each other as declared.",
        "lifecycle-end": "An item that has come to an end stays there.",
        "lifecycle-progress": "What is on its way comes to an end.",
        "optional-singleton": "The one item in a state is answered if there is one, and only then.",
        "renew-url": "A renewed link is another one, and good from now on.",
        "moments-in-order": "Times of an item are in the order in which things happened.",
        # permissions
        "permission-visible": "What a client may not see is neither listed nor answered.",
        "permission-change": "What a client may not change is not changed.",
        "foreign-hidden": "Somebody else's item looks as if it did not exist.",
        "challenge": "A refusal for want of credentials says which are wanted.",
        # transport
        "method-not-allowed": "405 and an Allow answer a method that a path does not offer, and nothing else.",
        "entity-tag": "An entity tag changes with its item, and only then.",
        "not-modified": "What a client has already is not sent again.",
        "precondition": "A change that depends on an entity tag happens only under it.",
        # bytes
        "content-bytes": "Downloaded bytes are those that were stored.",
        "content-media-type": "Downloaded bytes have their own media type.",
        "content-range": "A range is the bytes that were asked for, and says which they are.",
        "content-digest": "A digest that an item tells is that of its bytes.",
        "content-size": "A size that an item tells is the number of its bytes.",
    }
)
"""Behaviours, in the words of what must hold."""
