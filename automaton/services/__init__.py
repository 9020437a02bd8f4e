"""Use cases: what a person may ask for, one transaction each."""
