"""How often a caller may call: counted in the cache by key (or person) and minute.

When the cache doesn't answer, each web process counts by itself for a few seconds before it asks again: calls go
on, and the limit holds for each process instead of for all together.
"""

import logging
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import redis.exceptions
from django.core.cache import cache
from rest_framework import exceptions
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from users.models import User
from users.models.keys import DEFAULT_RATE

if TYPE_CHECKING:
    from rest_framework.views import APIView

logger = logging.getLogger(__name__)

WINDOW_SECONDS = 60
_PAUSE_SECONDS = 5.0
_DOWN = (redis.exceptions.RedisError, OSError)


@dataclass
class _Here:
    """What this process counts while the cache is away."""

    until: float = 0.0
    window: int = 0
    counts: dict[str, int] | None = None


_here = _Here()


@dataclass(frozen=True)
class Rate:
    """A caller's limit, the calls left in this minute, and the seconds until the next."""

    limit: int
    remaining: int
    reset: int

    def headers(self) -> dict[str, str]:
        """As the answer tells it."""
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset),
        }


class TooMany(exceptions.Throttled):
    """The caller's limit for this minute is used up."""


class PerMinute(BaseThrottle):
    """Count a call; refuse it beyond the limit. The numbers are left on the request for the answer's headers."""

    def __init__(self) -> None:
        self._rate: Rate | None = None

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Whether the call is within the limit."""
        user = request.user
        if not isinstance(user, User):
            return True
        limit = user.key.rate_per_minute if user.key else DEFAULT_RATE
        caller = f"key {user.key.pk}" if user.key else f"user {user.pk}"
        now = time.time()
        window, reset = int(now // WINDOW_SECONDS), WINDOW_SECONDS - int(now % WINDOW_SECONDS)
        count = counted(caller, window)
        self._rate = Rate(limit, max(limit - count, 0), reset)
        request._request.rate = self._rate  # type: ignore[attr-defined]
        return count <= limit

    def wait(self) -> float | None:
        """Seconds until the next minute."""
        return float(self._rate.reset) if self._rate else None


def counted(caller: str, window: int) -> int:
    """How many calls this caller has made in a window, this one included."""
    if time.monotonic() >= _here.until:
        try:
            return _in_cache(caller, window)
        except _DOWN:
            logger.warning("the cache is away; calls are counted in this process")
            _here.until = time.monotonic() + _PAUSE_SECONDS
    if _here.window != window or _here.counts is None:
        _here.window, _here.counts = window, {}
    _here.counts[caller] = _here.counts.get(caller, 0) + 1
    return _here.counts[caller]


def _in_cache(caller: str, window: int) -> int:
    name = f"api.rate:{caller.replace(' ', ':')}:{window}"
    try:
        return int(cache.incr(name))
    except ValueError:
        if cache.add(name, 1, timeout=2 * WINDOW_SECONDS):
            return 1
        return int(cache.incr(name))
