"""The simulated town: a telephone network and its residents."""
