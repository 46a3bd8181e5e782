"""Creating and changing products and their categories."""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from decimal import Decimal
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from sales.errors import Stale
from sales.models import Category, Product
from sales.services import rollup
from users.constants import Cause
from users.models import ChangeSet, User
from users.roles import Permission
from users.services import changes


@dataclass(frozen=True)
class ProductInput:
    """What is said of a product."""

    code: str
    name: str
    category_id: int | None = None
    unit: str = ""
    grade: str = ""
    standard_cost: Decimal | None = None
    list_price: Decimal | None = None
    launched_on: dt.date | None = None
    stage: str = ""
    prospect: str = ""
    is_active: bool = True


_TEXTS = frozenset({"code", "name", "unit"})
_BATCH = 5_000


@transaction.atomic
def create_product(*, new: ProductInput, by: User, cause: Cause = Cause.PAGE) -> Product:
    """Create a product with its change set. Raises PermissionDenied, and ValidationError by field."""
    _refuse(by)
    product = Product(**_clean(new))
    _save(product)
    changes.record_create(changes.open_set(by=by, cause=cause, summary=product.code), product)
    return product


@transaction.atomic
def update_product(*, product_id: int, version: int, new: ProductInput, by: User, cause: Cause = Cause.PAGE) -> Product:
    """Change a product with its change set; another category makes the months it was bought in stale.

    Orders keep the cost they were written with. Raises Stale if somebody changed it since `version`,
    PermissionDenied, ValidationError by field, Product.DoesNotExist.
    """
    _refuse(by)
    product = Product.objects.select_for_update().get(pk=product_id)
    if product.version != version:
        raise Stale(product.version, product)
    before = changes.snapshot(product)
    for name, value in _clean(new).items():
        setattr(product, name, value)
    product.version += 1
    _save(product)
    changes.record_update(changes.open_set(by=by, cause=cause, summary=product.code), product, before)
    if before["category_id"] != product.category_id:
        _mark_months(product.pk)
    return product


@transaction.atomic
def create_many(*, rows: Sequence[tuple[str, str]], by: User | None, change_set: ChangeSet) -> dict[str, int]:
    """Create the products of (code, name) pairs that don't exist yet; the ids of all of them by code.

    One statement for every thousand, logged as ranges of ids. `by` None: the command line. Raises
    PermissionDenied, and ValidationError for a code or name that doesn't fit.
    """
    if by is not None:
        _refuse(by)
    wanted = dict(rows)
    found = _ids(wanted)
    missing = [
        Product(**_clean(ProductInput(code, name or code))) for code, name in wanted.items() if code not in found
    ]
    for product in missing:
        product.set_search_keys()
    # Another import may create the same code at this moment: its row wins, and is read back.
    Product.objects.bulk_create(missing, batch_size=1_000, ignore_conflicts=True)
    made = _ids([product.code for product in missing])
    changes.record_bulk(change_set, Product, sorted(made.values()))
    return found | made


@transaction.atomic
def create_category(*, code: str, name: str, parent_id: int | None, by: User, cause: Cause = Cause.PAGE) -> Category:
    """Create a product category with its change set. Raises PermissionDenied, and ValidationError by field."""
    _refuse(by)
    category = Category(code=" ".join(code.split()), name=" ".join(name.split()), parent_id=parent_id)
    category.full_clean()
    category.save()
    changes.record_create(changes.open_set(by=by, cause=cause, summary=category.code), category)
    return category


def _refuse(by: User) -> None:
    if not by.may(Permission.PRODUCT_EDIT):
        raise PermissionDenied


def _clean(new: ProductInput) -> dict[str, Any]:
    """The columns, folded and checked. Raises ValidationError by field."""
    values = asdict(new)
    for name in _TEXTS:
        values[name] = " ".join(values[name].split())
    nul = {name: _("This has a character (NUL) that can't be stored.") for name in _TEXTS if "\x00" in values[name]}
    if nul:
        raise ValidationError(dict(nul))
    named = {field.name for field in fields(ProductInput)} - {"category_id"}
    Product(**values).clean_fields(exclude={f.name for f in Product._meta.concrete_fields} - named)
    for name in ("standard_cost", "list_price"):
        if values[name] is not None and values[name] < 0:
            raise ValidationError({name: _("An amount here isn't below zero.")})
    return values


def _save(product: Product) -> None:
    try:
        with transaction.atomic():
            product.save()
    except IntegrityError:
        if not Product.objects.filter(code=product.code).exists():
            raise
        raise ValidationError({"code": _("This code is in use.")}) from None


def _ids(codes: Sequence[str] | Mapping[str, Any]) -> dict[str, int]:
    names = list(codes)
    found: dict[str, int] = {}
    for start in range(0, len(names), _BATCH):
        found.update(Product.objects.filter(code__in=names[start : start + _BATCH]).values_list("code", "pk"))
    return found


def _mark_months(product_id: int) -> None:
    """Mark one day of every month in which a customer bought the product: months are recomputed whole."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO sales_rollupmark (customer_id, day)
            SELECT o.customer_id, min(o.ordered_on)
            FROM sales_orderline AS l JOIN sales_order AS o ON o.id = l.order_id
            WHERE l.product_id = %s GROUP BY o.customer_id, date_trunc('month', o.ordered_on::timestamp)
            """,
            [product_id],
        )
    rollup.ask_soon()
