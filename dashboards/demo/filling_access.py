"""Who else works for the demo company's key accounts, who asked to read one, and what is protected."""

import datetime as dt
from typing import Final

from django.db import transaction

from accounts.constants import Door, TeamRole
from accounts.models import Customer
from accounts.services import access, archive, protection, reads, teams
from users.models import User
from users.services import approvals

# Who is in the teams of the key-account manager's first accounts, since how many days, and for how many.
_TEAM: Final = (
    ("kam", TeamRole.LEAD, 400, None),
    ("executive", TeamRole.SPONSOR, 300, None),
    ("qi.wang", TeamRole.TECHNICAL, 120, None),
    ("agent", TeamRole.SERVICE, 60, None),
    ("yin.ruogu", TeamRole.FINANCE, 200, 120),
)
_ACCOUNTS = 3


def open_up(as_of: dt.date, users: dict[str, User]) -> None:
    """Teams, a protected account, a grant that is read under, and a request that waits."""
    keeper, manager = users["kam"], users["manager"]
    accounts = list(Customer.objects.filter(owner=keeper).exclude(tax_number="").order_by("id")[:_ACCOUNTS])
    for account in accounts:
        _team(account, as_of, users, by=keeper)
    if len(accounts) < _ACCOUNTS:
        return
    protection.protect(customer_id=accounts[0].pk, reason="上市静默期，查阅逐次登记", by=manager)
    _asked(accounts[1], "共同拜访其在广州的分厂，需要了解联系人和近期订单。", users["lu.jingxing"], decided_by=manager)
    _asked(accounts[2], "当地经销商询问同一项目，想确认是否已有联系。", users["wei.tinglan"], decided_by=None)
    for reader in ("kam", "executive", "manager"):
        reads.note(by=users[reader], customer_ids=[accounts[0].pk], door=Door.PAGE)


@transaction.atomic
def _team(account: Customer, as_of: dt.date, users: dict[str, User], *, by: User) -> None:
    for username, role, since, days in _TEAM:
        first = as_of - dt.timedelta(days=since)
        teams.join(
            customer_id=account.pk,
            user_id=users[username].pk,
            role=role,
            starts_on=first,
            ends_on=None if days is None else first + dt.timedelta(days=days),
            by=by,
        )


@transaction.atomic
def _asked(account: Customer, reason: str, by: User, *, decided_by: User | None) -> None:
    found, *_others = archive.look_up(query=account.tax_number, by=by)
    sections = ["identity", "contacts", "orders"]
    asked = access.request_access(
        lookup_id=found.lookup.pk, asked=sections, may_print=decided_by is None, reason=reason, by=by
    )
    if decided_by is not None:
        approvals.decide(approval_id=asked.pk, approve=True, by=decided_by, comment="仅限本次拜访。")
        reads.note(by=User.objects.get(pk=by.pk), customer_ids=[account.pk], door=Door.PAGE)
