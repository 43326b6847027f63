"""Bodies of forms, urlencoded and multipart, as the fields that a schema names."""
