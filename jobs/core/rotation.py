"""Which backups are kept."""

import datetime as dt
from collections.abc import Iterable

NEWEST = 7
WEEKS = 8


def kept(taken: Iterable[dt.datetime]) -> set[dt.datetime]:
    """The moments whose backups are kept: the newest seven, and the last of each of the latest eight weeks.

    Parameters
    ----------
    taken
        When the backups were taken, in any order.
    """
    moments = sorted(taken, reverse=True)
    last_of_week: dict[tuple[int, int], dt.datetime] = {}
    for moment in moments:
        year, week, _day = moment.isocalendar()
        last_of_week.setdefault((year, week), moment)
    weeks = sorted(last_of_week.values(), reverse=True)[:WEEKS]
    return {*moments[:NEWEST], *weeks}
