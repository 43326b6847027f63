"""Snapkeep: an imaginary backup vendor's server, written from the text of the contract alone.

Flask in front, SQLite behind. Nothing here is shared with the mock or with the kit that judges it.
"""
