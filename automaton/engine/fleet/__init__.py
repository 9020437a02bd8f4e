"""Several nodes: the lease, who leads, what is shared, what the dead have left."""
