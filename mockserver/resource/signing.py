"""Links that run out: what a renewable field holds, and until when."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import quote

if TYPE_CHECKING:
    from mockserver.state.collection import Key

LIFETIME: Final = timedelta(days=14)
"""How long a link is good for: the mock's own choice, since contracts only say that links are renewed."""

_HOST: Final = "https://download.example"


def sign_link(resource: str, key: Key, issued: datetime, renewal: int) -> str:
    """A link to an item's data, the same for the same arguments and another one for each renewal.

    It leads nowhere: the host belongs to those reserved for examples.
    """
    path = "/".join(quote(str(part), safe="") for part in (resource, *key))
    expires = int((issued + LIFETIME).timestamp())
    signature = hashlib.sha256(f"{path}?{expires}#{renewal}".encode()).hexdigest()[:32]
    return f"{_HOST}/{path}?expires={expires}&signature={signature}"
