"""Nights in simulated time: the real engine and store, a clock that leaps."""
