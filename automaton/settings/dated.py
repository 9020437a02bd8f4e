"""The dated data files of the settings: which of them are too old."""

from datetime import date

from automaton.settings.costly import costly_numbers
from automaton.settings.prefixes import caller_id_rules


def rule_data_warnings(today: date) -> tuple[str, ...]:
    """What is too old in the data that comes with this version."""
    return (*caller_id_rules().warnings(today), *costly_numbers().warnings(today))
