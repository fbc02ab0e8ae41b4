"""The long-running side of the product: one process per workspace, the only writer of events."""
