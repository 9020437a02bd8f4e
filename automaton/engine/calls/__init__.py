"""A call from its order to its end: effects, sessions, facts, settling, recovery."""
