"""Our end of the socket: bytes become requests, answers become bytes, and slow or greedy clients are let go."""
