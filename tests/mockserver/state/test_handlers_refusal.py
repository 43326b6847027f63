"""Contracts that tell of resources in a way that cannot be served are refused when the mock starts."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from mockserver.resource.handlers import Handlers
from spec.contract import Contract
from spec.contract_reader import contract_from
from spec.errors import ContractError

JOBS, JOB = "/customers/{customer_id}/jobs", "/customers/{customer_id}/jobs/{job_id}"
PROOFS = "/customers/{customer_id}/proofs"

Change = Callable[[dict[str, Any]], object]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (
            lambda d: d["paths"][JOBS]["get"]["x-resource"].update(name="sheet"),
            "listJobs is to list a sheet, but its path names 1 of the 3 ids that lead there (customer, job, sheet)",
        ),
        (
            lambda d: d["paths"][JOB]["get"]["x-resource"].update(role="list"),
            "getJob is to list a job, but its path names 2 of the 2 ids",
        ),
        (lambda d: d["paths"][JOBS]["get"]["x-page"].update(style="spiral"), "a style we do not know: 'spiral'"),
        (lambda d: d["paths"][JOB]["get"]["x-resource"].update(part="head"), "a part we do not know: 'head'"),
        (
            lambda d: d["paths"][PROOFS]["post"]["x-resource"].update(references={"job_id": {"name": "sheet"}}),
            "proof.job_id refers to 'sheet', which is no resource beside proof",
        ),
        (
            lambda d: d["paths"][PROOFS + "/{proof_id}/renew"]["post"]["x-resource"].update(renews="link"),
            "renewProof renews 'link', which proof does not have",
        ),
        (
            lambda d: (
                d["components"]["schemas"]["Job"]["properties"]["copies"].update(minimum=5, maximum=4, default=1)
                or d["components"]["schemas"]["Job"]["properties"].update(
                    code={"type": "string", "not": {"type": "string"}, "readOnly": True}
                )
            ),
            "no value could be made up for job.code",
        ),
    ],
)
def test_what_cannot_be_served_is_refused(press: Contract, change: Change, told: str) -> None:
    document = copy.deepcopy(dict(press.document))
    change(document)
    with pytest.raises(ContractError) as caught:
        Handlers(contract_from(document))
    assert told in str(caught.value)
    assert caught.value.hint
