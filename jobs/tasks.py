"""What the broker may ask of a worker: do this run, sweep."""

from celery import shared_task

from jobs.services import runs, sweeper


@shared_task(name="jobs.run")
def run(run_id: int) -> None:
    """Do a run, if it is still to be done and nobody else does it."""
    runs.execute(run_id=run_id)


@shared_task(name="jobs.sweep")
def sweep() -> None:
    """Bring up what was lost or has become due."""
    sweeper.sweep()
