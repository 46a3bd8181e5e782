"""What became of the demo company's customers: stages, tiers, and what people decided about them."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from django.db import transaction

from accounts.constants import LifeCycle
from accounts.models import Customer
from accounts.services import life_cycle
from crm.lib import dates
from dashboards.demo import staff
from dashboards.demo.company import Company
from dashboards.demo.courses import GIVEN_UP
from dashboards.demo.filling_orders import FillingFailed
from jobs import runs
from jobs.constants import RunState
from jobs.messages import failure_of
from jobs.registry import recomputations
from jobs.services.runs import run_now
from sales.services import life_cycle as order_life_cycle
from sales.services import rollup
from segmentation.constants import Grade
from segmentation.parameters import KIND, TierScheme
from segmentation.services import overrides
from users.constants import Cause
from users.models import User
from users.services import parameters

# Tiers that the department manager set by hand: customer, tier, why.
_OVERRIDES: Final = (
    ("鹤汀生物", Grade.A, "二期工厂明年投产，框架合同预计每年 ¥300万；按 A 类服务。"),
    ("霁原水务嘉兴", Grade.A, "与霁原水务集团统一服务等级。"),
    ("Halden & Frey Process", Grade.B, "单次成套项目，占全年九成以上；看到第二单再升。"),
)


@transaction.atomic
def live(company: Company, ids: Sequence[int], as_of: dt.date, users: dict[str, User]) -> None:
    """Let every month end find who became active and who fell silent; then what people decided."""
    first = company.filed[0].day
    for day in [*dates.month_ends(first, as_of), as_of]:
        order_life_cycle.follow_orders(as_of=day)
    ended: dict[tuple[str, str], list[int]] = {}
    for client, pk in zip(company.clients, ids, strict=True):
        if client.lost:
            ended.setdefault((staff.manager_of(client.division), client.lost), []).append(pk)
    for (manager, reason), customer_ids in ended.items():
        to = LifeCycle.GIVEN_UP if reason in GIVEN_UP else LifeCycle.LOST
        life_cycle.move(customer_ids=customer_ids, to=to, reason=reason, by=users[manager])


def judge(company: Company, ids: Sequence[int], as_of: dt.date, users: dict[str, User]) -> None:
    """Catch up the totals, judge all month ends and the day, set some tiers by hand, judge the day again."""
    rollup.catch_up()
    parameters.save(
        kind=KIND,
        values=TierScheme(),
        valid_from=dates.month_start(company.filed[0].day),
        by=users["admin"],
        note="公司统一方案",
        cause=Cause.COMMAND,
    )
    _recompute(as_of)
    _override(company, ids, users["manager"])
    _recompute(as_of)


def _recompute(as_of: dt.date) -> None:
    run = run_now(runs.request(recomputations.get("segmentation").kind, as_of=as_of))
    if run.state != RunState.DONE:
        raise FillingFailed(failure_of(run))


def _override(company: Company, ids: Sequence[int], by: User) -> None:
    places = {client.short_name: pk for client, pk in zip(company.clients, ids, strict=True)}
    today = dates.today()
    # To the end of a month about a quarter ahead.
    until = dates.month_end(today + dt.timedelta(days=75))
    for name, grade, reason in _OVERRIDES:
        customer = Customer.objects.get(pk=places[name])
        overrides.set_override(customer=customer, grade=grade, reason=reason, until=until, by=by)
