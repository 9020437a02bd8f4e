"""The shell: one verb per use case; French and English for people, JSON for programs."""
