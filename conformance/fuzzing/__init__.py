"""Generated requests: schemathesis in a process of its own, and what its findings mean."""
