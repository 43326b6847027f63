"""Reports: pure functions of a ledger, one for each format."""
