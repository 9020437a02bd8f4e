"""Pages and REST: people's door to the services."""
