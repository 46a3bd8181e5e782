"""The import of orders with their lines."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from jobs.core import numbers
from jobs.core.columns import BLANK
from jobs.imports.locks import alone
from jobs.imports.registry import ImportKind
from jobs.imports.work import Outcome, Work
from sales.imports import order_judging, order_parties, order_reading
from sales.imports.order_amounts import Goods
from sales.imports.order_fields import FIELDS, NEEDED, OPTIONS
from sales.imports.order_parties import Resolved
from sales.imports.order_reading import Read
from sales.imports.order_writing import Done, PlanNumbers, Writer, plan_digests, stable
from sales.services import rollup
from users.roles import Permission

_PARTIES = 2_000


def work(job: Work) -> Outcome:
    """Bring in orders: read the whole file, judge every line, write what differs from what is there.

    Creates unknown customers and products first, then writes orders chunk by chunk, and asks for the rollup at
    the end. One import of a source works at a time. Raises FileRefused and MappingRefused.
    """
    read = order_reading.read(job)
    with alone(job, job.options["source"]):
        customers = order_parties.customers(job, read.customers)
        products = order_parties.products(job, read.products)
        plan = order_judging.plan(job, read, customers, products)
        job.settled()
        done = Done(**job.keeper.cursor) if job.keeper.cursor else Done()
        missing = _Missing(customers.missing(plan.customer), products.missing(plan.product))
        writer = Writer(job, plan, read.orders.texts, read.currencies.texts, done)
        if not job.dry_run:
            missing.create(writer, read, customers, products)
        _prepare(writer, read, customers, products)
        done = writer.write()
    if not job.dry_run and done.change_set is not None:
        with transaction.atomic():
            rollup.ask_soon()
    notes: dict[str, Any] = dict(plan.notes)
    notes["customers_created"] = len(missing.customers) if job.dry_run else done.customers
    notes["products_created"] = len(missing.products) if job.dry_run else done.products
    notes["change_set"] = done.change_set
    return Outcome(plan.rows, done.created, done.updated, done.unchanged, len(job.rejects), notes)


class _Missing:
    """Customers and products that the accepted orders name and nobody has created."""

    def __init__(self, customers: list[int], products: list[int]) -> None:
        self.customers, self.products = customers, products

    def create(self, writer: Writer, read: Read, customers: Resolved, products: Resolved) -> None:
        """Create them, some thousand a transaction, with the import's place."""
        keeper, done = writer.work.keeper, writer.done
        for start in range(0, len(self.customers), _PARTIES):
            with keeper.publish():
                batch = self.customers[start : start + _PARTIES]
                order_parties.create_customers(writer.work, read.customers, customers, batch, writer.log())
                done.customers += len(batch)
                keeper.save_cursor(asdict(done))
            keeper.progress(start + len(batch), len(self.customers), step=_("Creating customers"))
        for start in range(0, len(self.products), _PARTIES):
            with keeper.publish():
                batch = self.products[start : start + _PARTIES]
                order_parties.create_products(writer.work, read.products, products, batch, writer.log())
                done.products += len(batch)
                keeper.save_cursor(asdict(done))
            keeper.progress(start + len(batch), len(self.products), step=_("Creating products"))


def _prepare(writer: Writer, read: Read, customers: Resolved, products: Resolved) -> None:
    """Ids and digests. An earlier try's place counts only if it was in the same plan."""
    writer.customer_ids = _for_planned(customers)
    product_ids = _for_planned(products)
    currencies = stable(read.currencies.texts)
    texts = stable(read.texts.texts)
    planned = PlanNumbers(writer.customer_ids, np.append(product_ids, BLANK), texts, currencies)
    writer.digest = plan_digests(writer.plan, planned)
    costs = order_parties.unit_costs(products)
    writer.goods = Goods.spelled(product_ids, read.texts.texts, costs)
    digest = hashlib.sha256("".join(writer.digest).encode()).hexdigest()[:32]
    if writer.done.plan not in ("", digest):
        writer.done.orders = 0
    writer.done.plan = digest


def _for_planned(resolved: Resolved) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The ids; in a dry run, for what isn't there yet, numbers that no id has."""
    place = np.arange(len(resolved.ids), dtype=np.int64)
    return np.where(resolved.ids == order_parties.UNKNOWN, -2 - place, resolved.ids)


def suggest(sample: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """Options that a sample of the file speaks for."""
    cells = [text for code in ("quantity", "unit_price", "amount") for text in sample.get(code, ())]
    return {"decimal_comma": True} if numbers.comma_is_decimal(cells) else {}


KIND = ImportKind(
    code="orders",
    # Translators: 订单
    label=gettext_lazy("Orders with lines"),
    counts=gettext_lazy("orders"),
    fields=FIELDS,
    needed=NEEDED,
    options=OPTIONS,
    permissions=(Permission.ORDER_EDIT,),
    work=work,
    result_url="sales:order_list",
    suggest=suggest,
)
