"""How the tables came to be: one module a step in `versions`, run by `feedhub.store.engine`."""
