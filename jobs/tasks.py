"""What the broker may ask of a worker: do this run, sweep, send events and e-mails."""

from celery import shared_task

from jobs.services import mailing, runs, sweeper
from jobs.services import relay as relaying


@shared_task(name="jobs.run")
def run(run_id: int) -> None:
    """Do a run, if it is still to be done and nobody else does it."""
    runs.execute(run_id=run_id)


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Bring up what was lost or has become due."""
    sweeper.sweep()


@shared_task(name="jobs.relay")
def relay() -> None:
    """Send the events that wait for subscribers, unless somebody is at it."""
    relaying.relay()


@shared_task(name="jobs.mail")
def mail() -> None:
    """Send the e-mails that wait, unless somebody is at it."""
    mailing.deliver()
