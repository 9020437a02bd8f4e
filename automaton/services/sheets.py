"""What holds for every table that a person opens in a spreadsheet."""

from __future__ import annotations

# A cell that begins so is a formula to a spreadsheet, in either width.
FORMULA = frozenset("=+-@\t\r\n＝＋－＠")


def harmless(cell: object) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    text = "" if cell is None else str(cell)
    return f"'{text}" if text[:1] in FORMULA else text
