"""The cache: Redis while it answers, else a table.

What is kept here are counts of tries and codes that were used. They must go on when Redis is gone: nobody may be
let in without being counted, and nobody kept out because nothing counts.
"""

import logging
import time
from collections.abc import Callable
from typing import Any

from django.core.cache import caches
from django.core.cache.backends.redis import RedisCache
from redis.exceptions import RedisError

logger = logging.getLogger(__name__)

# So long the table is asked without trying Redis again.
PAUSE_SECONDS = 10.0


class FallbackCache(RedisCache):
    """Redis, and the cache named `fallback` while Redis doesn't answer.

    The two don't know of each other: when Redis goes or comes back, people are counted anew, once.
    """

    _silent_until = 0.0

    def _ask(self, name: str, *args: Any, **kwargs: Any) -> Any:
        if time.monotonic() >= FallbackCache._silent_until:
            try:
                return getattr(RedisCache, name)(self, *args, **kwargs)
            except (RedisError, OSError) as error:
                FallbackCache._silent_until = time.monotonic() + PAUSE_SECONDS
                logger.warning("the cache doesn't answer, a table stands in: %s", error)
        return getattr(caches["fallback"], name)(*args, **kwargs)


def _asking(name: str) -> Callable[..., Any]:
    def ask(self: FallbackCache, *args: Any, **kwargs: Any) -> Any:
        return self._ask(name, *args, **kwargs)

    return ask


for _name in (
    "add",
    "get",
    "set",
    "touch",
    "delete",
    "get_many",
    "has_key",
    "incr",
    "set_many",
    "delete_many",
    "clear",
):
    setattr(FallbackCache, _name, _asking(_name))
