"""The sweep: every few seconds, what was lost is brought up again and what is due is begun."""

import logging
from datetime import timedelta

from django.db.models import Q
from django.db.models.functions import Now

from jobs.hints import hint, hint_mail, hint_relay
from jobs.models import Mailing, Run
from jobs.services import backups, relay, runs, schedules
from users.services import approvals, sealing

logger = logging.getLogger(__name__)

# A waiting run is hinted again after this long: its hint may have been lost, or the workers are busy.
HINT_AGAIN_SECONDS = 20
HINTS_A_SWEEP = 50


def sweep() -> None:
    """Put abandoned runs back, make the runs that are due, raise overdue approvals, seal the log, hint at the rest.

    Safe to run at any time, any number at once. Run it from anywhere: a sweep needs PostgreSQL only.
    """
    put_back = runs.put_back_abandoned()
    made = schedules.make_due_runs()
    approvals.expire_due()
    approvals.look_again()
    sealing.seal_if_due()
    if put_back or made:
        logger.info("sweep: put back %s, made %s", put_back, made)
    for run_id in _waiting():
        if not hint(run_id):
            break
        Run.objects.filter(pk=run_id).update(hinted_at=Now())
    backups.warn_if_stale()
    if relay.has_work():
        hint_relay()
    if Mailing.objects.due().exists():
        hint_mail()


def _waiting() -> list[int]:
    unheard = Q(hinted_at=None) | Q(hinted_at__lt=Now() - timedelta(seconds=HINT_AGAIN_SECONDS))
    return list(Run.objects.due().filter(unheard).order_by("id").values_list("pk", flat=True)[:HINTS_A_SWEEP])
