"""When the telephones that must ring are rung, so that it is known that they do."""

from pydantic import Field

from automaton.settings.calling import DayPart, Hours, OfficeWindow
from automaton.settings.values import clock_time

OFFICE_HOURS = (
    Hours(start=clock_time("10:00"), end=clock_time("12:00")),
    Hours(start=clock_time("14:00"), end=clock_time("17:00")),
)


class ReadinessSettings(OfficeWindow):
    """The monthly proof that officers and those on duty can be rung."""

    monthly: bool = True
    """Whether each of them is rung once a month, by every trunk that may, and presses
    1; our published numbers are called too (docs/readiness.md)."""
    day: int = Field(default=1, ge=1, le=28)
    """From this day of the month on."""
    hours: tuple[DayPart, ...] = Field(default=OFFICE_HOURS, min_length=1)
    """Parts of the day, each like "10:00-12:00", in the zone of the calling windows."""
