"""The admin interface of a mock, under `/__mock/`: described by its own contract and served by the same modules."""
