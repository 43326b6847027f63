"""What a vendor says of a target beforehand: read strictly, proposed by looking, and held against the verdicts."""
