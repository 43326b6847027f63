"""The ground floor: contract, requirements, provenance and fixtures; no HTTP."""
