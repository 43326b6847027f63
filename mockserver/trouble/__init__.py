"""Trouble made on purpose: faults of a workspace, and what they do to an answer."""
