"""What several nodes do beside one: see `benchmarks/fleet/__main__.py`."""
