"""Requests held against their operation, completely, by what was compiled when the mock started."""
