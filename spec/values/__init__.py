"""Values made up for a schema: plain and always the same, or at random by a seed."""
