"""Creating and changing products."""

import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from accounts.models import Customer
from sales.errors import Stale
from sales.models import Product, RollupMark
from sales.services import products
from sales.services.products import ProductInput
from tests import factories
from users.constants import Cause
from users.models import Change, User
from users.services import changes

pytestmark = pytest.mark.django_db
NEW = ProductInput("V-100", "闸阀 DN100", unit="pc", standard_cost=Decimal("12.5"))


def test_a_product_is_created_logged_and_found_by_pinyin(manager: User) -> None:
    product = products.create_product(new=NEW, by=manager)
    assert Change.objects.get(object_id=product.pk).after["code"] == "V-100"
    for query in ("闸阀", "zf", "zhafa", "v-1", "DN100"):
        assert list(Product.objects.matching(query)) == [product]


def test_a_code_is_used_once(manager: User) -> None:
    products.create_product(new=NEW, by=manager)
    with pytest.raises(ValidationError, match="in use"):
        products.create_product(new=NEW, by=manager)
    other = products.create_product(new=replace(NEW, code="V-2"), by=manager)
    with pytest.raises(ValidationError, match="in use"):
        products.update_product(product_id=other.pk, version=1, new=NEW, by=manager)
    assert Change.objects.count() == 2


@pytest.mark.parametrize(
    ("new", "field"),
    [
        (replace(NEW, code=" "), "code"),
        (replace(NEW, name="x" * 201), "name"),
        (replace(NEW, name="a\x00"), "name"),
        (replace(NEW, standard_cost=Decimal(-1)), "standard_cost"),
        (replace(NEW, list_price=Decimal("1e15")), "list_price"),
        (replace(NEW, grade="best"), "grade"),
    ],
)
def test_a_bad_product_is_refused_by_field(new: ProductInput, field: str, manager: User) -> None:
    with pytest.raises(ValidationError) as error:
        products.create_product(new=new, by=manager)
    assert list(error.value.message_dict) == [field]


def test_who_only_sells_does_not_edit_products(owner: User) -> None:
    with pytest.raises(PermissionDenied):
        products.create_product(new=NEW, by=owner)


def test_a_stale_version_is_refused(manager: User) -> None:
    product = products.create_product(new=NEW, by=manager)
    products.update_product(product_id=product.pk, version=1, new=replace(NEW, name="Gate valve"), by=manager)
    with pytest.raises(Stale):
        products.update_product(product_id=product.pk, version=1, new=NEW, by=manager)


def test_another_category_marks_the_months_in_which_it_was_bought(manager: User, account: Customer) -> None:
    product = products.create_product(new=NEW, by=manager)
    for day in (dt.date(2026, 3, 5), dt.date(2026, 3, 9), dt.date(2026, 4, 1)):
        factories.order(account, on=day).lines.update(product=product)
    products.update_product(product_id=product.pk, version=1, new=replace(NEW, unit="kg"), by=manager)
    assert not RollupMark.objects.exists()
    moved = replace(NEW, category_id=factories.category().pk)
    products.update_product(product_id=product.pk, version=2, new=moved, by=manager)
    assert set(RollupMark.objects.values_list("day", flat=True)) == {dt.date(2026, 3, 5), dt.date(2026, 4, 1)}


def test_many_products_are_created_once_each(manager: User, owner: User) -> None:
    old = factories.product(code="A")
    change_set = changes.open_set(by=manager, cause=Cause.IMPORT)
    ids = products.create_many(
        rows=[("A", "other"), ("B", "乙"), ("C", ""), ("B", "乙")], by=manager, change_set=change_set
    )
    assert (sorted(ids), ids["A"]) == (["A", "B", "C"], old.pk)
    assert Product.objects.get(code="C").name == "C"
    assert list(Product.objects.matching("yi")) == [Product.objects.get(code="B")]
    assert Change.objects.get().rows == 2
    with pytest.raises(PermissionDenied):
        products.create_many(rows=[("D", "")], by=owner, change_set=change_set)


def test_a_category_is_created_once(manager: User) -> None:
    products.create_category(code="G1", name="Valves", parent_id=None, by=manager)
    with pytest.raises(ValidationError):
        products.create_category(code="G1", name="Pumps", parent_id=None, by=manager)
