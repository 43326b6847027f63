"""Serves a contract as a stateful mock."""
