"""The shell: one verb per use case, for people and, with --json, for programs."""
