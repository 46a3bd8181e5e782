"""Writing the demo company's orders: most from the ERP's file, the last days' typed in, and goods taken back."""

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

from django.db import transaction

from accounts.models import Contact, Customer
from crm.lib import dates
from dashboards.demo import order_file
from dashboards.demo.company import Company
from dashboards.demo.orders import FREE_TEXT, DemoOrder
from jobs.constants import RunState
from jobs.messages import failure_of
from jobs.services import imports
from jobs.services.runs import run_now
from sales.models import Order, Product
from sales.services import orders, returns
from sales.services.order_rules import LineInput, OrderInput
from sales.services.returns import ReturnLine
from users.constants import Cause
from users.models import User

_DELIVERY_DAYS = 21


class FillingFailed(Exception):
    """A step of the filling didn't come to its end; the message says why."""


def bring_in(company: Company, ids: Sequence[int], *, by: User) -> None:
    """Import the ERP's file as the import page does. Raises FillingFailed."""
    codes = dict(Customer.objects.values_list("pk", "code"))
    names = [client.name for client in company.clients]
    text = order_file.text(company.filed, company.items, [codes[pk] for pk in ids], names)
    first, last = company.filed[0].day, company.filed[-1].day
    row = imports.receive(kind="orders", name=f"erp-{first}-{last}.csv", chunks=[text], by=by)
    row = imports.save_mapping(row=row, columns=order_file.COLUMNS, options=row.options | order_file.OPTIONS, by=by)
    run = run_now(imports.start(row=row, by=by))
    if run.state != RunState.DONE:
        raise FillingFailed(failure_of(run))
    if run.result["rejected"]:
        raise FillingFailed(str(run.result["reasons"]))


@transaction.atomic
def type_in(company: Company, ids: Sequence[int], users: dict[str, User]) -> None:
    """Enter the last days' orders as their owners do, and take back goods of older ones."""
    products = dict(Product.objects.values_list("code", "pk"))
    contacts = dict(Contact.objects.order_by("-pk").values_list("customer_id", "pk"))
    items = [products[item.code] for item in company.items]
    # Day by day, so that numbers rise with the days.
    batches: dict[tuple[dt.date, str], list[OrderInput]] = {}
    for order in company.typed:
        owner = company.clients[order.client].owner or "admin"
        new = _input(order, ids[order.client], contacts.get(ids[order.client]), items)
        batches.setdefault((order.day, owner), []).append(new)
    for (_day, owner), rows in sorted(batches.items(), key=lambda item: item[0]):
        orders.create_orders(new=rows, by=users[owner], cause=Cause.COMMAND)
    _take_back(company, users["admin"])


def _input(order: DemoOrder, customer_id: int, contact_id: int | None, items: Sequence[int]) -> OrderInput:
    return OrderInput(
        customer_id=customer_id,
        contact_id=contact_id,
        ordered_at=order.at.replace(tzinfo=dates.company_zone()),
        promised_on=order.day + dt.timedelta(days=_DELIVERY_DAYS),
        state=order.state,
        currency=order.currency,
        lines=[
            LineInput(
                quantity=Decimal(line.quantity),
                unit_price=line.unit_price,
                discount_percent=Decimal(line.discount),
                product_id=None if line.item is None else items[line.item],
                description=FREE_TEXT if line.item is None else "",
            )
            for line in order.lines
        ],
    )


def _take_back(company: Company, by: User) -> None:
    numbers = [company.filed[taken.order].number for taken in company.taken]
    found = Order.objects.filter(source=order_file.SOURCE, number__in=numbers)
    originals = dict(found.values_list("number", "pk"))
    for number, taken in zip(numbers, company.taken, strict=True):
        returns.create_return(
            original_id=originals[number],
            lines=[ReturnLine(taken.position, Decimal(taken.quantity))],
            returned_at=taken.at.replace(tzinfo=dates.company_zone()),
            by=by,
            state="completed",
            cause=Cause.COMMAND,
        )
