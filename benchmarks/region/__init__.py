"""A region in simulated time: many nodes and collectivities on one PostgreSQL."""
