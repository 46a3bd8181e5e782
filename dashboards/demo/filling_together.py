"""What people of the demo company give each other to do: tasks, proposals; and a program with a key."""

import datetime as dt
from collections.abc import Mapping
from typing import Final

from django.utils import timezone

from accounts.constants import Confidence, FactSource
from accounts.services import facts
from accounts.services.facts import Evidence
from crm.lib import dates
from dashboards.demo.company import Company
from jobs.services import tasks
from users.models import User
from users.roles import Permission
from users.services import keys
from users.services.keys import KeyTerms

# Who is to do what, for which customer, and in how many days; asked by the manager or written down for oneself.
TASKS: Final = (
    ("kam", "manager", "临渚制药", "去厂里问清楚：41 天没有下单，是停产检修还是换了供应商", -2),
    ("kam", "kam", "岚屿重工", "把渣浆泵的新报价发给设备部，科凡泰低 7%", 0),
    ("kam", "kam", "墨棠半导体材料", "约技术总监谈明年扩产用的隔膜阀", 0),
    ("kam", "kam", "霁原水务集团", "寄出框架合同的修订稿", 3),
    ("kam", "manager", "Brightmoor Foods", "Confirm in writing that invoices are in GBP from now on", 6),
    ("kam", "kam", "青汀环境工程", "准备季度回顾：交期、返修、备件库存", 12),
    ("rep", "manager", "霁原水务嘉兴", "和集团对齐统一价格", -1),
    ("rep", "rep", "霁原水务嘉兴", "回访上周装的两台泵", 1),
    ("manager", "manager", "", "月度会前看完各组的降级名单", 2),
)
# Who proposes what of which customer, from what source, how sure.
PROPOSALS: Final = (
    (
        "controller",
        "霁原水务集团",
        {"staff_count": 3200, "address": "杭州市临平区望梅路 588 号 3 幢"},
        Evidence(FactSource.CUSTOMER, "招标文件首页", confidence=Confidence.CERTAIN),
    ),
    (
        "yin.ruogu",
        "岚屿重工",
        {"website": "https://www.lanyu-heavy.example"},
        Evidence(FactSource.FINANCE, "对账邮件的签名"),
    ),
    (
        "controller",
        "岚屿重工",
        {"staff_count": 1620},
        Evidence(FactSource.REPORT, "年报", confidence=Confidence.CERTAIN),
    ),
)


def fill(company: Company, ids: list[int], users: dict[str, User]) -> None:
    """Give the demo's people work and something to settle; customers that a smaller company lacks are left out."""
    places = {client.short_name: pk for client, pk in zip(company.clients, ids, strict=True)}
    _tasks(places, users)
    for reporter, name, values, evidence in PROPOSALS:
        if name in places:
            facts.propose(customer_id=places[name], values=values, by=users[reporter], evidence=evidence)
    _program(users["admin"])


def _tasks(places: Mapping[str, int], users: dict[str, User]) -> None:
    today = dates.today()
    for assignee, asker, name, text, days in TASKS:
        if name and name not in places:
            continue
        tasks.write_down(
            text=text,
            assignee=users[assignee],
            due=today + dt.timedelta(days=days),
            customer_id=places[name] if name else None,
            by=users[asker],
        )


def _program(by: User) -> None:
    """A key for the ERP; nobody keeps its secret, so nobody can use it."""
    terms = KeyTerms(
        label="每晚推送订单",
        scopes=[Permission.CUSTOMER_VIEW, Permission.PRODUCT_VIEW, Permission.ORDER_VIEW, Permission.ORDER_EDIT],
        expires_at=timezone.now() + dt.timedelta(days=300),
    )
    keys.create_with_key(name="财务 ERP", department=None, terms=terms, by=by)
