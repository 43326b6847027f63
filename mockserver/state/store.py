"""Where items live: collections of siblings, shared until somebody writes.

A `Store` starts from collections that many stores share. The first write to one of them copies that
collection's tables, not its items: items are frozen and are replaced whole.

Besides items, a store keeps the replies that a repeated request is to get again; they share its fate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from mockserver.state.collection import Collection, Entry, Id, Key

Table = tuple[str, Key]
"""A resource, and the key of the parent that its items are under."""

MOST_ITEMS: Final = 100_000
"""How many items a workspace may have beyond those it began with."""

_MOST_REPLIES: Final = 1000


class Baseline(dict[Table, Collection]):
    """What stores start from and share; never written once it is made.

    replies: for requests that are repeated. added: how many items there are beyond those of the world.
    """

    def __init__(
        self, collections: Mapping[Table, Collection], *, replies: Mapping[Any, Any] | None = None, added: int = 0
    ) -> None:
        super().__init__(collections)
        self.replies: Mapping[Any, Any] = replies or {}
        self.added = added
        self._keys: dict[str, Mapping[Id, Key]] = {}

    def keys_of(self, resource: str) -> Mapping[Id, Key]:
        """Id to key of all items of a resource, whatever their parents; worked out when first asked for."""
        found = self._keys.get(resource)
        if found is None:
            tables = (collection for (name, _), collection in self.items() if name == resource)
            found = self._keys[resource] = {entry.key[-1]: entry.key for items in tables for entry in items}
        return found


class Store:
    """The items of one workspace; reads what it never wrote from the shared collections.

    most: how many items may be added.
    """

    def __init__(self, shared: Mapping[Table, Collection], *, most: int = MOST_ITEMS) -> None:
        self._shared = shared if isinstance(shared, Baseline) else Baseline(shared)
        self._own: dict[Table, Collection] = {}
        self._keys: dict[str, dict[Id, Key | None]] = {}
        self._replies: dict[Any, Any] = dict(self._shared.replies)
        self._added = self._shared.added
        self._most = most

    @property
    def has_room(self) -> bool:
        """Whether one more item may be added."""
        return self._added < self._most

    def collection(self, resource: str, parent: Key = ()) -> Collection:
        """The items of a resource under a parent, to read from; empty where there are none."""
        own = self._own.get((resource, parent))
        # Emptied is not the same as never written: an empty collection of our own still hides the shared one.
        if own is not None:
            return own
        shared = self._shared.get((resource, parent))
        return shared if shared is not None else Collection()

    def get(self, resource: str, key: Key) -> Entry | None:
        """The item with that key, or None."""
        table = (resource, key[:-1])
        found = self._own.get(table)
        if found is None and (found := self._shared.get(table)) is None:
            return None
        return found.get(key[-1])

    def find(self, resource: str, identifier: Id) -> Entry | None:
        """The item with that id, whatever its parents, or None; for resources whose ids are unique throughout."""
        written = self._keys.get(resource)
        if written is None:
            written = self._keys[resource] = self._written_keys(resource)
        key = written[identifier] if identifier in written else self._shared.keys_of(resource).get(identifier)
        return self.get(resource, key) if key is not None else None

    def put(self, resource: str, entry: Entry) -> None:
        """Store an item, in place of the one that had its key."""
        self._added += self._writable(resource, entry.key[:-1]).put(entry)
        if resource in self._keys:
            self._keys[resource][entry.key[-1]] = entry.key

    def drop(self, resource: str, key: Key) -> None:
        """Forget an item; nothing happens if there is none."""
        self._added -= self._writable(resource, key[:-1]).drop(key[-1])
        if resource in self._keys:
            self._keys[resource][key[-1]] = None

    def clear(self, resource: str, parent: Key) -> None:
        """Forget every item of a resource under one parent."""
        former = self.collection(resource, parent)
        if len(former) == 0:
            return
        self._added -= len(former)
        if resource in self._keys:
            self._keys[resource] |= dict.fromkeys(entry.key[-1] for entry in former)
        self._own[resource, parent] = Collection()

    def reply_to(self, request: Any) -> Any:
        """What was kept for a request, or None."""
        return self._replies.get(request)

    def keep_reply(self, request: Any, reply: Any) -> None:
        """Keep a reply for the time that its request is repeated; of too many, the oldest go."""
        self._replies[request] = reply
        while len(self._replies) > _MOST_REPLIES:
            del self._replies[next(iter(self._replies))]

    def freeze(self) -> Mapping[Table, Collection]:
        """All that is kept, as it is now, for other stores to start from; this one copies before it writes on."""
        self._shared = Baseline({**self._shared, **self._own}, replies=dict(self._replies), added=self._added)
        self._own = {}
        self._keys = {}
        return self._shared

    def _written_keys(self, resource: str) -> dict[Id, Key | None]:
        """Keys of the items in the tables that were written; None for those that are gone."""
        own = [(parent, items) for (name, parent), items in self._own.items() if name == resource]
        former = (entry for parent, _ in own for entry in self._shared.get((resource, parent), ()))
        gone: dict[Id, Key | None] = dict.fromkeys(entry.key[-1] for entry in former)
        return gone | {entry.key[-1]: entry.key for _, items in own for entry in items}

    def _writable(self, resource: str, parent: Key) -> Collection:
        name = (resource, parent)
        if name not in self._own:
            self._own[name] = self._shared[name].copy() if name in self._shared else Collection()
        return self._own[name]
