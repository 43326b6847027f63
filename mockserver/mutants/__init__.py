"""The gallery: named single misbehaviours, each tied to what it breaks, to be caught by whoever tests.

    mockproof serve --mutant page-overlap
    Prefer: mutant=page-overlap

None knows a vendor: they are written against what a contract says of its operations, and one that a contract
cannot show is not offered for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockserver.mutant import Mutant
from mockserver.mutants import (
    blob,
    changing,
    condition,
    content,
    creating,
    deleting,
    lifecycle,
    linking,
    listing,
    paging,
    permission,
    reading,
    refusing,
    request,
    route,
    shape,
    status,
)

if TYPE_CHECKING:
    from spec.contract import Contract

GALLERY: Final[tuple[Mutant, ...]] = (
    *shape.MUTANTS,
    *status.MUTANTS,
    *content.MUTANTS,
    *paging.MUTANTS,
    *linking.MUTANTS,
    *listing.MUTANTS,
    *reading.MUTANTS,
    *creating.MUTANTS,
    *changing.MUTANTS,
    *deleting.MUTANTS,
    *lifecycle.MUTANTS,
    *permission.MUTANTS,
    *request.MUTANTS,
    *refusing.MUTANTS,
    *route.MUTANTS,
    *blob.MUTANTS,
    *condition.MUTANTS,
)
"""Every misbehaviour, by topic."""


def offered(contract: Contract) -> tuple[Mutant, ...]:
    """The misbehaviours that at least one operation of a contract can show."""
    return tuple(
        mutant for mutant in GALLERY if any(mutant.applies(contract, operation) for operation in contract.operations)
    )
