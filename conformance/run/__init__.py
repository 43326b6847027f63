"""One run: what it is going to do, how far it has come, and how it ends, whatever ends it."""
