"""From evidence to verdicts: what an exchange shows, and what all of them say about each requirement."""
