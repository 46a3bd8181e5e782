"""The rollup: after any writes it says what the orders say, and it loses nothing."""

import datetime as dt
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import defaultdict
from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, transaction

from accounts.models import Customer
from crm.lib import dates
from jobs.models import Run
from sales.constants import COUNTING, OrderKind, OrderState
from sales.models import (
    CustomerCategoryMonth,
    CustomerDay,
    ExchangeRate,
    Order,
    OrderLine,
    Product,
    RollupMark,
)
from sales.services import order_steps, orders, products, rates, returns, rollup
from sales.services.order_rules import LineInput, OrderInput
from sales.services.products import ProductInput
from tests import factories, processes
from users.models import User

D = Decimal
DAYS = [dt.date(2026, 1, 30), dt.date(2026, 1, 31), dt.date(2026, 2, 1), dt.date(2026, 2, 28)]

Days = dict[tuple[int, dt.date], tuple[int, ...]]
Months = dict[tuple[int, int, dt.date], int]


def expected() -> tuple[Days, Months]:
    """Both tables, added up line by line in Python."""
    days: dict[tuple[int, dt.date], list[int]] = defaultdict(lambda: [0] * 7)
    months: dict[tuple[int, int, dt.date], int] = defaultdict(int)
    counting = Order.objects.filter(state__in=COUNTING).exclude(base_minor=None)
    for order in counting.prefetch_related("lines__product"):
        row = days[order.customer_id, order.ordered_on]
        sold = order.kind == OrderKind.ORDER
        row[0] += sold
        for line in order.lines.all():
            row[1] += sold
            row[2 if sold else 3] += line.base_minor or 0
            row[4] += line.cost_minor or 0
            row[5] += line.cost_minor is None
            row[6] += (line.base_minor or 0) if line.cost_minor is None else 0
            category_id = (line.product.category_id if line.product else None) or 0
            months[order.customer_id, category_id, order.ordered_on.replace(day=1)] += line.base_minor
    return {key: tuple(row) for key, row in days.items()}, dict(months)


def stored() -> tuple[Days, Months]:
    days = {
        (row.customer_id, row.day): (
            row.orders,
            row.lines,
            row.revenue_minor,
            row.returns_minor,
            row.cost_minor,
            row.uncosted_lines,
            row.uncosted_minor,
        )
        for row in CustomerDay.objects.all()
    }
    months = {
        (row.customer_id, row.category_id, row.month): row.net_minor for row in CustomerCategoryMonth.objects.all()
    }
    return days, months


class Shop:
    """Writes at random through the services, as people would."""

    def __init__(self, seed: int, manager: User, admin: User) -> None:
        self.random = random.Random(seed)
        self.by, self.admin = manager, admin
        self.customers = [factories.customer(department=manager.department) for _ in range(3)]
        self.categories = [factories.category() for _ in range(2)]
        self.products = [
            factories.product(category=self.random.choice([None, *self.categories]), standard_cost=cost)
            for cost in (None, "3.333", "20")
        ]

    def act(self) -> None:
        act = self.random.choices(
            [self.create, self.edit, self.step, self.take_back, self.move_product, self.set_rate],
            [4, 4, 5, 3, 1, 1],
        )[0]
        act()

    def lines(self) -> list[LineInput]:
        return [
            LineInput(
                D(self.random.randrange(1, 9)),
                D(self.random.randrange(1, 9999)) / 100,
                product_id=self.random.choice([None, *[row.pk for row in self.products]]),
                description="Part",
                discount_percent=D(self.random.choice([0, 0, 7])),
            )
            for _ in range(self.random.randrange(1, 4))
        ]

    def new(self) -> OrderInput:
        return OrderInput(
            self.random.choice(self.customers).pk,
            dates.start_of_day(self.random.choice(DAYS)),
            self.lines(),
            state=self.random.choice([OrderState.DRAFT, OrderState.CONFIRMED, OrderState.COMPLETED]),
            currency=self.random.choice(["CNY", "CNY", "USD"]),
        )

    def create(self) -> None:
        orders.create_order(new=self.new(), by=self.by)

    def any_order(self, **filters: Any) -> Order | None:
        found = list(Order.objects.filter(**filters).order_by("pk"))
        return self.random.choice(found) if found else None

    def edit(self) -> None:
        states = [OrderState.DRAFT, OrderState.CONFIRMED]
        order = self.any_order(kind=OrderKind.ORDER, returns=None, state__in=states)
        if order:
            orders.update_order(order_id=order.pk, version=order.version, new=self.new(), by=self.by)

    def step(self) -> None:
        order = self.any_order(returns=None, original=None)
        if order:
            step = self.random.choice(order_steps.steps_of(order))
            order_steps.take(order_id=order.pk, version=order.version, step=step, by=self.by)

    def take_back(self) -> None:
        order = self.any_order(kind=OrderKind.ORDER, returns=None, state__in=COUNTING)
        if order:
            at = dates.start_of_day(self.random.choice(DAYS))
            lines = [returns.ReturnLine(1, D(1))]
            returns.create_return(original_id=order.pk, lines=lines, returned_at=at, by=self.by)

    def move_product(self) -> None:
        row = Product.objects.get(pk=self.random.choice(self.products).pk)
        category = self.random.choice([None, *[category.pk for category in self.categories]])
        new = ProductInput(row.code, row.name, category_id=category, standard_cost=row.standard_cost)
        products.update_product(product_id=row.pk, version=row.version, new=new, by=self.by)

    def set_rate(self) -> None:
        day = self.random.choice(DAYS)
        old = ExchangeRate.objects.filter(currency="USD", day=day).first()
        rates.save_rate(
            currency="USD",
            day=day,
            rate=D(self.random.randrange(60_000, 80_000)) / 10_000,
            rate_id=old.pk if old else None,
            version=old.version if old else None,
            by=self.admin,
        )
        rates.reprice(currency="USD", first=day)


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
def test_after_any_writes_catching_up_equals_rebuilding_equals_adding_up(
    seed: int, manager: User, admin_user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollup, "BATCH", 7)
    shop = Shop(seed, manager, admin_user)
    for _ in range(4):
        for _ in range(15):
            shop.act()
        rollup.catch_up()
        assert stored() == expected()
    assert expected()[0]
    caught_up = stored()
    rollup.rebuild()
    assert stored() == caught_up


@pytest.mark.django_db
def test_rows_that_come_out_the_same_are_not_written(account: Customer) -> None:
    order = factories.order(account, on=DAYS[0])
    RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
    assert (rollup.catch_up().marks, rollup.catch_up().marks) == (1, 0)
    RollupMark.objects.bulk_create([RollupMark(customer_id=account.pk, day=DAYS[0])] * 3)
    done = rollup.catch_up()
    assert (done.marks, done.rows) == (3, 0)
    order.lines.update(cost_minor=None)
    RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
    assert rollup.catch_up().rows == 1


@pytest.mark.django_db
def test_a_day_without_orders_goes(account: Customer) -> None:
    order = factories.order(account, on=DAYS[0])
    RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
    rollup.catch_up()
    Order.objects.filter(pk=order.pk).update(state=OrderState.CANCELLED)
    RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
    assert rollup.catch_up().rows == 2
    assert stored() == ({}, {})


def shape(table: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s ORDER BY 1", [table])
        indexes = cursor.fetchall()
        cursor.execute(
            """SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint
            WHERE conrelid = %s::regclass AND contype <> 'n' ORDER BY 1""",
            [table],
        )
        constraints = cursor.fetchall()
        cursor.execute(
            """SELECT column_name, data_type, is_nullable, numeric_precision, numeric_scale
            FROM information_schema.columns WHERE table_name = %s ORDER BY 1""",
            [table],
        )
        return [*indexes, *constraints, *cursor.fetchall()]


@pytest.mark.django_db
def test_a_rebuilt_table_has_the_same_columns_keys_indexes_and_names(account: Customer) -> None:
    factories.order(account)
    before = [shape(table) for table in ("sales_customerday", "sales_customercategorymonth")]
    assert rollup.rebuild().rows == 2
    assert rollup.rebuild().rows == 2
    assert [shape(table) for table in ("sales_customerday", "sales_customercategorymonth")] == before
    assert stored() == expected()


@pytest.mark.django_db
def test_the_command_catches_up_and_rebuilds(account: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    factories.order(account, on=DAYS[0])
    call_command("rollup")
    assert stored() == ({}, {})
    call_command("rollup", rebuild=True)
    assert stored() == expected()
    assert capsys.readouterr().out.splitlines() == ["0 marks taken, 0 rows written", "0 marks taken, 2 rows written"]


@pytest.mark.django_db
def test_writes_that_follow_each_other_ask_for_one_run(
    owner: User, account: Customer, django_capture_on_commit_callbacks: Any
) -> None:
    new = OrderInput(account.pk, dates.start_of_day(DAYS[0]), [LineInput(D(1), D(1), description="x")])
    for state in (OrderState.DRAFT, OrderState.CONFIRMED, OrderState.CONFIRMED):
        with django_capture_on_commit_callbacks(execute=True):
            orders.create_order(new=OrderInput(**{**vars(new), "state": state}), by=owner)
        assert Run.objects.filter(kind="sales.rollup").count() == (state != OrderState.DRAFT)


def in_thread(work: Any) -> threading.Thread:
    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


@pytest.mark.django_db(transaction=True)
def test_a_mark_written_while_a_rollup_works_is_not_lost(account: Customer, monkeypatch: pytest.MonkeyPatch) -> None:
    """The writer commits between the statement that takes marks and the one that recomputes, then again after it."""
    factories.order(account, "10", on=DAYS[0])
    RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
    recompute = rollup._recompute
    written: list[str] = []

    def write(amount: str) -> None:
        factories.order(account, amount, on=DAYS[0])
        RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
        written.append(amount)

    def interrupted(*args: Any) -> int:
        if len(written) < 2:
            in_thread(lambda: write("20")).join()
        return recompute(*args)

    monkeypatch.setattr(rollup, "_recompute", interrupted)
    rollup.catch_up()
    assert written == ["20", "20"]
    assert stored() == expected()
    assert CustomerDay.objects.get().revenue_minor == 5000


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("rebuilds", [False, True])
def test_two_writers_and_a_rollup_at_once_lose_nothing(
    rebuilds: bool, owner: User, manager: User, account: Customer
) -> None:
    stop = threading.Event()

    def write(by: User) -> None:
        for n in range(12):
            line = LineInput(D(1), D(n + 1), description="Pump")
            state = OrderState.CONFIRMED
            new = OrderInput(account.pk, dates.start_of_day(DAYS[n % 2]), [line], state=state)
            order = orders.create_order(new=new, by=by)
            if n % 3 == 0:
                order_steps.take(order_id=order.pk, version=1, step=order_steps.Step.CANCEL, by=by)

    def roll_up() -> None:
        while not stop.is_set():
            rollup.rebuild() if rebuilds else rollup.catch_up()

    rollups = [in_thread(roll_up) for _ in range(2)]
    writers = [in_thread(lambda by=by: write(by)) for by in (owner, manager)]
    for thread in writers:
        thread.join()
    stop.set()
    for thread in rollups:
        thread.join()
    rollup.catch_up()
    assert stored() == expected()
    assert sum(row.orders for row in CustomerDay.objects.all()) == 16


@pytest.mark.django_db(transaction=True)
def test_an_uncommitted_write_is_caught_up_after_it_commits(account: Customer) -> None:
    wrote, caught_up = threading.Event(), threading.Event()

    def write() -> None:
        with transaction.atomic():
            factories.order(account, "10", on=DAYS[0])
            RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
            wrote.set()
            caught_up.wait(10)

    thread = in_thread(write)
    wrote.wait(10)
    assert rollup.catch_up().marks == 0
    caught_up.set()
    thread.join()
    assert rollup.catch_up().marks == 1
    assert stored() == expected()


KILLED = """
import sys, time, django
django.setup()
from sales.services import rollup
def slow(*args):
    print("working", flush=True)
    time.sleep(60)
rollup._recompute = slow
rollup.catch_up()
"""


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_a_rollup_killed_in_the_middle_loses_nothing(account: Customer) -> None:
    factories.order(account, "10", on=DAYS[0])
    RollupMark.objects.create(customer_id=account.pk, day=DAYS[0])
    worker = subprocess.Popen(
        [sys.executable, "-c", KILLED], env=processes.environment(), stdout=subprocess.PIPE, text=True
    )
    assert worker.stdout is not None
    assert worker.stdout.readline() == "working\n"
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()
    worker.stdout.close()
    deadline = time.monotonic() + 10
    while not RollupMark.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    assert rollup.catch_up().marks == 1
    assert stored() == expected()
    assert OrderLine.objects.count() == 1
