"""A company of any size in the database: customers through the service, orders by set-based SQL.

Orders don't go through the import here because what is measured comes after them; the import has a
measurement of its own.
"""

import datetime as dt

import numpy as np
from django.contrib.auth.models import Group
from django.db import connection, transaction

from accounts.services import customers
from accounts.services.customers import NewCustomer
from sales.models import Category, Product
from users.constants import Cause
from users.models import Department, User
from users.services import changes

AS_OF = dt.date(2026, 10, 31)
CHUNK = 50_000
PLACES = ["华东", "华南", "华北", "西南", "North", "Harbour", "River", "Delta"]
TRADES = ["机械", "化工", "水务", "造纸", "钢铁", "Marine", "Process", "Foods", "Energy", "Textile"]
FORMS = ["有限公司", "集团", "GmbH", "Ltd"]


def people() -> dict[str, User]:
    """Departments and one user each of the roles that are measured."""
    company = Department.objects.create(code="BENCH", name="Company")
    departments = [Department.objects.create(code=f"B{n}", name=f"Department {n}", parent=company) for n in range(10)]
    found = {}
    for role, place in (("executive", company), ("sales_manager", departments[0]), ("account_manager", departments[0])):
        user = User.objects.create_user(f"bench_{role}", "measured only here", name=role, department=place)
        user.groups.add(Group.objects.get(name=role))
        found[role] = user
    for number in range(100):
        User.objects.create_user(f"bench{number}", name=f"Owner {number}", department=departments[number % 10])
    return found


def fill(customer_count: int, *, orders_each: int = 5, lines_each: int = 4) -> None:
    """Customers with search keys, standings and change sets; orders over two years, heavy-tailed."""
    owners = list(User.objects.filter(username__startswith="bench").order_by("pk"))
    rng = np.random.default_rng(5)
    for start in range(0, customer_count, CHUNK):
        numbers = range(start, min(start + CHUNK, customer_count))
        picks = rng.integers(0, len(owners), len(numbers))
        rows = [_customer(number, owners[pick]) for number, pick in zip(numbers, picks, strict=True)]
        with transaction.atomic():
            change_set = changes.open_set(by=None, cause=Cause.COMMAND, summary="benchmark")
            customers.create_many(rows=rows, by=None, change_set=change_set)
    _orders(customer_count * orders_each, lines_each)


def _customer(number: int, owner: User) -> NewCustomer:
    name = f"{PLACES[number % 8]}{TRADES[number // 8 % 10]}{number:07}{FORMS[number % 4]}"
    return NewCustomer(
        name=name, code=f"B-{number:07}", owner_id=owner.pk, department_id=owner.department_id, life_cycle="active"
    )


def _products() -> None:
    categories = [Category(code=f"BC{n}", name=f"Category {n}") for n in range(20)]
    Category.objects.bulk_create(categories)
    Product.objects.bulk_create(
        [Product(code=f"BP{n}", name=f"Product {n}", category=categories[n % 20]) for n in range(500)]
    )


def _orders(count: int, lines_each: int) -> None:
    _products()
    with connection.cursor() as cursor:
        cursor.execute("SELECT setseed(0.5)")
        cursor.execute("SELECT min(id), count(*) FROM accounts_customer WHERE code LIKE 'B-%%'", [])
        first, customers_count = cursor.fetchone()
        cursor.execute(
            """
            INSERT INTO sales_order (source, number, kind, state, customer_id, ordered_at, ordered_on, currency, net,
                base_minor, is_unmatched, digest, note, version, created_at, updated_at)
            SELECT 'bench', n::text, 'order', 'completed', c, day::timestamptz, day, 'CNY', 0, 0, false, '', '', 1,
                now(), now()
            FROM (SELECT n, %s + floor(power(random(), 2) * %s)::bigint AS c,
                    %s::date - floor(random() * 730)::int AS day
                FROM generate_series(1, %s) n) made
            """,
            [first, customers_count, AS_OF, count],
        )
        cursor.execute(
            """
            INSERT INTO sales_orderline (order_id, position, product_id, description, quantity, unit_price,
                discount_percent, tax_percent, net, base_minor, cost_minor)
            SELECT o.id, l, (SELECT min(id) FROM sales_product) + (o.id * 7 + l) %% 500, '', 1, price, 0, 13, price,
                (price * 100)::bigint, (price * 60)::bigint
            FROM (SELECT id FROM sales_order WHERE source = 'bench') o,
                LATERAL (SELECT l, round((10 / (0.01 + random()))::numeric, 2) AS price
                    FROM generate_series(1, %s) l WHERE o.id > 0) made
            """,
            [lines_each],
        )
        cursor.execute("VACUUM ANALYZE")
