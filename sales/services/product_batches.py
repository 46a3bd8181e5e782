"""Creating and changing many products, each in its own way, in one change set: what an import of products does."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.lib.rows import update_rows
from sales.models import Product
from sales.services import rollup
from users.models import ChangeSet
from users.services import changes

_BATCH = 1_000
_DERIVED = ("search_text", "search_grams", "version", "updated_at")


def clean(values: Mapping[str, Any]) -> None:
    """Check some columns of a product. Raises ValidationError by field."""
    product = Product(**values)
    product.clean_fields(exclude={f.name for f in Product._meta.concrete_fields if f.attname not in values})
    for name in ("standard_cost", "list_price"):
        if values.get(name) is not None and values[name] < 0:
            raise ValidationError({name: _("An amount here isn't below zero.")})


def create_products(*, rows: Sequence[Mapping[str, Any]], change_set: ChangeSet) -> None:
    """Create products from checked columns, logged as a range of ids. Must run inside a transaction."""
    products = [Product(**values) for values in rows]
    for product in products:
        product.set_search_keys()
    made = Product.objects.bulk_create(products, batch_size=_BATCH)
    changes.record_bulk(change_set, Product, [product.pk for product in made])


def lock(product_ids: Sequence[int]) -> dict[int, Product]:
    """The rows of those products, locked in the order of their ids until the transaction ends."""
    rows = Product.objects.select_for_update(no_key=True, of=("self",)).filter(pk__in=product_ids).order_by("pk")
    return {row.pk: row for row in rows}


def change_many(*, values: Mapping[Product, Mapping[str, Any]], change_set: ChangeSet) -> None:
    """Write checked columns to locked rows and log what differs; another category makes its months stale.

    Must run inside the transaction that locked the rows.
    """
    befores = {row.pk: changes.snapshot(row) for row in values}
    names: set[str] = set()
    for row, said in values.items():
        for name, value in said.items():
            setattr(row, name, value)
        names |= set(said)
        row.set_search_keys()
        row.version += 1
        row.updated_at = timezone.now()
    update_rows(list(values), [*sorted(names), *_DERIVED])
    changes.record_updates(change_set, ((row, befores[row.pk], None) for row in values))
    mark_months([row.pk for row, said in values.items() if "category_id" in said])


def mark_months(product_ids: Sequence[int]) -> None:
    """Mark one day of every month in which a customer bought one of the products: months are recomputed whole."""
    if not product_ids:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sales_rollupmark (customer_id, day)
            SELECT o.customer_id, min(o.ordered_on)
            FROM sales_orderline AS l JOIN sales_order AS o ON o.id = l.order_id
            WHERE l.product_id = ANY(%s) GROUP BY o.customer_id, date_trunc('month', o.ordered_on::timestamp)
            """,
            [list(product_ids)],
        )
    rollup.ask_soon()
