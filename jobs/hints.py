"""Telling a worker that there is something to do. PostgreSQL holds what: a hint that gets lost costs time only."""

import logging
import time

from celery import current_app
from kombu.exceptions import OperationalError

logger = logging.getLogger(__name__)

# The sweeper hints again; until then a message nobody took is only in the way.
EXPIRES_SECONDS = 60
RELAY_EXPIRES_SECONDS = 5
# While the broker doesn't answer, not every write waits for it.
PAUSE_SECONDS = 10.0

_silent_until = 0.0


def hint(run_id: int) -> bool:
    """Tell a worker of a run. False if the broker doesn't answer; the sweeper sees to it later."""
    return _send("jobs.run", [run_id], EXPIRES_SECONDS)


def hint_relay() -> bool:
    """Tell a worker that events wait to be sent. False if the broker doesn't answer."""
    return _send("jobs.relay", [], RELAY_EXPIRES_SECONDS)


def hint_mail() -> bool:
    """Tell a worker that e-mails wait to be sent. False if the broker doesn't answer; the next sweep tries again."""
    return _send("jobs.mail", [], EXPIRES_SECONDS)


def _send(task: str, arguments: list[int], expires: int) -> bool:
    global _silent_until  # noqa: PLW0603 - one process, one broker
    if time.monotonic() < _silent_until:
        return False
    try:
        current_app.send_task(task, args=arguments, expires=expires, retry=False, ignore_result=True)
    except (OperationalError, OSError) as error:
        _silent_until = time.monotonic() + PAUSE_SECONDS
        logger.warning("%s %s waits for the sweeper, the broker doesn't answer: %s", task, arguments, error)
        return False
    return True
