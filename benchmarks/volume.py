"""A company of any size in the database, by COPY and set-based SQL.

Neither services nor imports are used: what is measured comes after them, and the import has a
measurement of its own.
"""

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
from django.apps import apps
from django.contrib.auth.models import Group
from django.db import connection
from django.utils import timezone

from accounts.models import Customer
from crm.lib import search
from crm.lib.rows import copy_rows
from sales.models import Category, Product
from segmentation.services import standings
from users.models import Department, User

AS_OF = dt.date(2026, 10, 31)
COLUMNS = (
    "code", "name", "short_name", "former_names", "kind", "counts_in_grading", "life_cycle", "country", "tax_number",
    "address", "website", "currency", "language", "note", "search_text", "search_grams", "sort_key", "version",
    "created_at", "updated_at", "owner_id", "department_id",
)  # fmt: skip
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


def people_if_filled(customer_count: int) -> dict[str, User] | None:
    """The users to measure with, if DATABASE_URL holds this very company; what was computed of it is emptied."""
    if Customer.objects.filter(code__startswith="B-").count() != customer_count:
        return None
    computed = [model._meta.db_table for model in apps.get_app_config("segmentation").get_models()]
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(computed)} CASCADE")
    standings.make_missing()
    roles = ("executive", "account_manager", "sales_manager")
    return {role: User.objects.get(username=f"bench_{role}") for role in roles}


def fill(customer_count: int, *, orders_each: int = 5, lines_each: int = 4) -> None:
    """Customers with search keys and standings; orders over two years, heavy-tailed."""
    owners = list(User.objects.filter(username__startswith="bench").order_by("pk"))
    picks = np.random.default_rng(5).integers(0, len(owners), customer_count)
    keys = {combination: _keys(combination) for combination in range(len(PLACES) * len(TRADES) * len(FORMS))}
    now = timezone.now()

    def row(number: int) -> list[object]:
        owner = owners[picks[number]]
        (before, after), pinyin = keys[number % len(keys)]
        digits, code = f"{number:07}", f"B-{number:07}"
        lines = [f"{before}{digits}{after}".casefold(), *(f"{a}{digits}{b}" for a, b in pinyin), code.casefold()]
        text = "\n".join(lines)
        name = f"{before}{digits}{after}"
        kept = [code, name, "", [], "end_user", True, "active", "CN", "", "", "", "CNY", "zh-hans", ""]
        return [
            *kept,
            text,
            search.grams(text),
            lines[1] if pinyin else lines[0],
            1,
            now,
            now,
            owner.pk,
            owner.department_id,
        ]

    with _bulk("accounts_customer", "sales_order", "sales_orderline"):
        copy_rows("accounts_customer", COLUMNS, map(row, range(customer_count)))
        _orders(customer_count * orders_each, lines_each)
    standings.make_missing()
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


@contextmanager
def _bulk(*tables: str) -> Iterator[None]:
    """Fill tables without their plain indexes and foreign-key checks, and index them afterwards."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid) FROM pg_index AS i"
            " WHERE i.indrelid::regclass::text = ANY(%s)"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = i.indexrelid)",
            [list(tables)],
        )
        indexes = cursor.fetchall()
        for name, _definition in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("SET maintenance_work_mem = '1GB'")
        yield
        cursor.execute("RESET session_replication_role")
        for _name, definition in indexes:
            cursor.execute(definition)


def _keys(combination: int) -> tuple[tuple[str, str], list[tuple[str, str]]]:
    """The words before and after the number of a name, and the same in full pinyin and initials."""
    before = PLACES[combination % 8] + TRADES[combination // 8 % 10]
    after = FORMS[combination // 80]
    firsts, seconds = search.pinyin_keys(before), search.pinyin_keys(after)
    if not firsts:
        return (before, after), []
    return (before, after), list(zip(firsts, seconds or [after.casefold()] * 2, strict=True))


def _products() -> None:
    categories = [Category(code=f"BC{n}", name=f"Category {n}") for n in range(20)]
    Category.objects.bulk_create(categories)
    Product.objects.bulk_create(
        [Product(code=f"BP{n}", name=f"Product {n}", category=categories[n % 20]) for n in range(500)]
    )


def _orders(count: int, lines_each: int) -> None:
    """Each customer keeps to four of the twenty categories; an order's lines lie in two of them."""
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
            SELECT o.id, l,
                (SELECT min(id) FROM sales_product) + o.id %% 25 * 20
                    + (customer_id * 3 + (o.id + l / 3) %% 4 * 5) %% 20,
                '', 1, price, 0, 13, price, (price * 100)::bigint, (price * 60)::bigint
            FROM (SELECT id, customer_id FROM sales_order WHERE source = 'bench') o,
                LATERAL (SELECT l, round((10 / (0.01 + random()))::numeric, 2) AS price
                    FROM generate_series(1, %s) l WHERE o.id > 0) made
            """,
            [lines_each],
        )
