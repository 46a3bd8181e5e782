"""When a schedule is due: the slots of a clock time each day, or of every so many minutes.

A slot is the moment work falls due. However long nobody looked, only the latest slot counts: a missed
week is made up for once.
"""

import datetime as dt


def latest_daily(now: dt.datetime, at: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """The last moment up to `now` at which the clocks of `zone` showed `at`.

    Where the clocks skip `at` in spring, the slot is the moment they would have shown it; where they show
    it twice in autumn, it is the first.

    Parameters
    ----------
    now
        An aware moment.
    at
        The time of day.
    zone
        The zone whose days count.

    Raises
    ------
    ValueError
        If `now` has no zone.
    """
    _need_aware(now)
    today = now.astimezone(zone).date()
    slot = dt.datetime.combine(today, at, tzinfo=zone)
    # Two moments with the same zone object would be compared by their clocks.
    is_past = slot.astimezone(dt.UTC) <= now.astimezone(dt.UTC)
    return slot if is_past else dt.datetime.combine(today - dt.timedelta(days=1), at, tzinfo=zone)


def next_daily(now: dt.datetime, at: dt.time, zone: dt.tzinfo) -> dt.datetime:
    """The first moment after `now` at which the clocks of `zone` show `at`."""
    last = latest_daily(now, at, zone)
    return dt.datetime.combine(last.date() + dt.timedelta(days=1), at, tzinfo=zone)


def latest_every(now: dt.datetime, minutes: int) -> dt.datetime:
    """The last moment up to `now` that is a whole multiple of `minutes` since 1970, in UTC.

    Raises
    ------
    ValueError
        If `now` has no zone or `minutes` is below 1.
    """
    _need_aware(now)
    if minutes < 1:
        raise ValueError(f"minutes must be 1 or more, not {minutes}")
    step = minutes * 60
    return dt.datetime.fromtimestamp(int(now.timestamp()) // step * step, tz=dt.UTC)


def _need_aware(now: dt.datetime) -> None:
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
