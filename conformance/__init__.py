"""Verifies an implementation against a contract."""
