"""The benchmark: the mock against its peers, in one interleaved run (`python -m bench`)."""
