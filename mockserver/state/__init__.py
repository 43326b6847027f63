"""The world of one user of the mock: items, clock, keys and tokens, apart from everybody else's."""
