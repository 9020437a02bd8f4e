"""Files of contacts in, checked rows out.

Each importer is a function of the entry-point group `automaton.importers`, named after
the ending of the files that it reads: (bytes, Home) -> Reading (`domain.intake`).
"""
