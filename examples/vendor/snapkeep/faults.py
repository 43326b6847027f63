"""Mistakes that can be switched on, one by name, each one that a real vendor could ship."""

from __future__ import annotations

from flask import current_app

DOCUMENTED = {
    "newest-first": "the list of instances is sorted by the time of creation, newest first",
    "page-of-25": "the list of exports has 25 items on a page when no size is asked for",
    "overlapping-pages": "the offset of a page of backups is counted with one item less than a page has",
    "last-page-rounded-down": "the link to the last page leaves out the page that is not full",
    "links-forget-filter": "the links of a filtered list lead to the pages of the whole list",
    "filter-ignored": "the list of instances does not look at backup_definition_id",
    "export-of-anyone": "one export is looked up without asking whose it is",
    "blob-of-anyone": "a blob is looked up without asking whose it is",
    "anyone-may-back-up": "a backup starts without asking whose the instance is",
    "open-endpoints": "the list of endpoints lost its check of the token",
    "any-token-goes": "the backups of a service instance are shown to whoever sends any token",
    "update-not-committed": "the transaction of an update is never committed",
    "stale-cache": "an instance is answered from a cache that an update does not clear",
    "update-hits-all": "the WHERE of the update names the customer and not the instance",
    "wrong-new-id": "a create answers with the last row id, which is the one of an endpoint",
    "frequency-lost": "a create reads the frequency from a misspelled field",
    "date-unchecked": "the date of an export is stored as it comes",
    "one-type-only": "content types are looked up as one name, commas and all",
    "oldest-exported": "an export of no named backup takes the first one",
    "url-not-renewed": "renewing an export moves its expiry but leaves its URL",
    "limit-plus-one": "one row more than the limit is fetched to see if there are more, and never dropped",
    "all-databases": "the backups of all instances of an account are listed for each of them",
    "active-is-last": "the active backup is the last one, finished or not",
    "active-crash": "where no backup is active the handler reads from no row",
    "quote-crash": "the filter is pasted into the SQL text",
    "wrong-parent": "one backup is looked up without its instance",
    "text-html": "one export is sent as text/html",
    "iso-times": "the backups of a service instance tell the time as text",
    "soft-404": "what is not found is told with status 200",
}
"""Mistakes against what a source says in a field or a sentence."""

FULL = {
    "zoneless-times": "times are written with a blank and without a zone",
    "no-total": "lists do not tell how many items there are",
    "frequency-unchecked": "any frequency is stored",
    "html-errors": "an error is the framework's page",
    "truncated-blob": "a blob ends at its 64th byte",
    "fields-left-out": "what is not known yet is left out instead of null",
}
"""Mistakes against what only the full form of the contract says."""

LATER = {
    "even-last-page": "the next link is there on the last page, too, if that page is full",
    "wildcard-filter": "the filter is compared with LIKE",
    "text-order": "records are sorted by their id as text",
    "trimmed-forms": "blanks around a field are cut off before it is stored",
    "composed-names": "texts are brought to one Unicode form before they are stored",
    "blind-ids": "definitions are compared without regard to capitals",
    "local-times": "times are those of the server, two hours ahead of what their Z says",
    "cached-counts": "the number of instances is counted once and kept, whatever is created later",
    "refused-with-200": "a refused form is told with status 200",
    "update-clears": "an update writes the whole row, and the definition that was not sent becomes empty",
    "export-by-number": "the most recent backup is the one whose number sorts last as text",
}
"""Mistakes that were thought up afterwards, by looking at other back ends and not at our checks."""

ALL = {**DOCUMENTED, **FULL, **LATER}


def faulty(name: str) -> bool:
    """Whether the server was started with this mistake."""
    if name not in ALL:
        raise KeyError(name)
    return bool(current_app.config["FAULT"] == name)
