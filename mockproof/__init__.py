"""The command line of mockproof: a thin layer over `spec`, `mockserver` and `conformance`."""
