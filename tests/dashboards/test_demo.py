"""The demo company: believable, the same each time, made with its log, and never in production by accident."""

import datetime as dt
import hashlib
from collections.abc import Iterator
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.test import override_settings

from accounts.models import Contact, Customer, Fact, LifeCycleTransition, TeamMember
from crm.lib import dates, tax_numbers
from dashboards.demo import clients, company, seasons, staff
from dashboards.demo.names import organisation_check
from jobs.models import Message, Run, Task
from sales.models import CustomerDay, Order, OrderLine, RollupMark
from segmentation.models import Override, Standing, TierRun
from users.models import ApiKey, Approval, Change, ChangeSet, User
from users.roles import ROLES

AS_OF = dt.date(2026, 11, 10)


# ── Drawing ─────────────────────────────────────────────────────────────────


def test_the_same_seed_and_day_draw_the_same_company() -> None:
    first, again, other = (company.drawn(customers=60, seed=seed, as_of=AS_OF) for seed in (1, 1, 2))
    for part in ("clients", "contacts", "filed", "typed", "taken"):
        assert getattr(first, part) == getattr(again, part)
    assert first.filed != other.filed
    assert first.rates.rows == again.rates.rows


def test_customers_are_told_apart_and_have_numbers_that_are_right() -> None:
    made = clients.clients(2_000, as_of=AS_OF, rng=np.random.default_rng(1))
    assert len(made) == len({client.name for client in made}) == 2_000
    numbers = [client.tax_number for client in made if client.country == "CN" and client.tax_number]
    assert len(numbers) == len(set(numbers)) > 1_500
    assert all(tax_numbers.check_character(number[:17]) == number[17] for number in numbers)
    assert all(client.parent is None or client.parent < place for place, client in enumerate(made))
    assert all(client.division.split("-")[0] in {"EAST", "SOUTH", "NORTH", "WEST", "OVERSEAS", "HQ"} for client in made)


def test_the_check_character_of_an_organisation_is_the_standards() -> None:
    # GB 11714-1997, example of annex A.
    assert organisation_check("D2143569") == "X"


def test_a_fifth_of_the_customers_brings_four_fifths() -> None:
    made = clients.clients(2_000, as_of=AS_OF, rng=np.random.default_rng(1))
    year = [sum(spell.amount for spell in client.spells if spell.begins <= 366) for client in made]
    sales = np.sort([amount for amount in year if amount > 0])[::-1]
    share = np.searchsorted(np.cumsum(sales), 0.8 * sales.sum()) / len(sales)
    assert 0.14 < share < 0.21


def test_little_is_bought_around_the_new_year_and_much_in_december() -> None:
    weights = seasons.weights(dt.date(2026, 1, 1), dt.date(2026, 12, 31))
    assert weights[dt.date(2026, 2, 18).timetuple().tm_yday - 1] < 0.05
    months = [
        weights[[dt.date(2026, 1, 1) + dt.timedelta(days=day) for day in range(365)].index(dt.date(2026, month, 1)) :][
            :28
        ].sum()
        for month in range(1, 13)
    ]
    assert int(np.argmin(months)) == 1
    assert int(np.argmax(months)) == 11


# ── Filling ─────────────────────────────────────────────────────────────────


def seed(*words: str) -> str:
    out = StringIO()
    call_command("seed", "--customers", "60", "--as-of", AS_OF.isoformat(), *words, stdout=out)
    return out.getvalue()


# These find the database empty, so they come before the company is made.
@pytest.mark.django_db
def test_production_gets_no_logins_that_everybody_knows(settings: Any, tmp_path: Path) -> None:
    settings.DEBUG, settings.MEDIA_ROOT = False, tmp_path
    for words in ((), ("--if-empty",)):
        with pytest.raises(CommandError, match="--force-demo"):
            seed(*words)
    assert not User.objects.exists()
    assert not ChangeSet.objects.exists()
    out = StringIO()
    call_command("show_logins", stdout=out)
    assert staff.PASSWORD not in out.getvalue()


@pytest.mark.django_db
@pytest.mark.parametrize("words", [("--customers", "5"), ("--as-of", "tomorrow"), ("--as-of", "2999-01-01")])
def test_what_cannot_be_drawn_is_refused(words: tuple[str, str], settings: Any) -> None:
    settings.DEBUG = True
    with pytest.raises(CommandError):
        call_command("seed", *words, stdout=StringIO())
    assert not User.objects.exists()


@pytest.fixture(scope="module")
def seeded(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """One company for all tests that look at it, taken back after the last."""
    said = {
        "DEBUG": True,
        "MEDIA_ROOT": tmp_path_factory.mktemp("media"),
        # All is one transaction, whose runs no other session can see to renew their claims.
        "RUN_LEASE_SECONDS": 3_600,
        "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher"],
    }
    with django_db_blocker.unblock(), override_settings(**said), transaction.atomic():
        seed()
        yield
        transaction.set_rollback(True)


@pytest.fixture
def demo(seeded: None, db: None) -> None:
    """The demo company; what a test does to it is taken back."""


def digest() -> str:
    """A hash of what was made, without ids and codes, which go on counting in a database used before."""
    with connection.cursor() as cursor:
        cursor.execute(
            """
            SELECT c.name, c.tax_number, c.life_cycle, u.username, d.code, p.name, s.grade, s.stable, s.value_minor,
                (SELECT array_agg(k.name || k.role ORDER BY k.id) FROM accounts_contact k WHERE k.customer_id = c.id)
            FROM accounts_customer c LEFT JOIN users_user u ON u.id = c.owner_id
            LEFT JOIN users_department d ON d.id = c.department_id LEFT JOIN accounts_customer p ON p.id = c.parent_id
            JOIN segmentation_standing s ON s.customer_id = c.id ORDER BY c.name
            """
        )
        rows = cursor.fetchall()
        cursor.execute(
            """
            SELECT o.number, o.ordered_at, o.state, o.currency, o.net, o.base_minor, c.name, l.position, l.quantity,
                l.unit_price, l.net, l.base_minor, l.cost_minor
            FROM sales_order o JOIN accounts_customer c ON c.id = o.customer_id
            JOIN sales_orderline l ON l.order_id = o.id ORDER BY o.number, l.position
            """
        )
        rows += cursor.fetchall()
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def empty() -> None:
    with connection.cursor() as cursor:
        tables = [name for name in connection.introspection.table_names() if name.split("_")[0] not in _KEPT]
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"TRUNCATE {', '.join(tables)}")
        cursor.execute("ALTER SEQUENCE accounts_customer_code_seq RESTART")


_KEPT = {"django", "auth"}


def test_the_demo_company_has_something_for_every_page(demo: None) -> None:
    assert Customer.objects.count() == 60
    assert set(Standing.objects.exclude(grade="").values_list("grade", flat=True)) == {"A", "B", "C"}
    assert Override.objects.filter(ended_on=None, by__username="manager").count() == 3
    assert TierRun.objects.filter(purpose="month_end").count() == 24
    assert Order.objects.filter(base_minor=None).count() == 3
    assert Order.objects.filter(original__isnull=False).exists()
    assert Order.objects.filter(is_unmatched=True).exists()
    assert OrderLine.objects.filter(unit_cost=None).exists()
    assert {"cancelled", "confirmed", "shipped", "completed"} <= set(Order.objects.values_list("state", flat=True))
    assert {"visitor", "active", "lost"} <= set(LifeCycleTransition.objects.values_list("after", flat=True))
    assert Contact.objects.filter(reports_to__isnull=False).exists()
    assert Customer.objects.filter(parent__parent__isnull=False).exists()
    assert not RollupMark.objects.exists()
    assert CustomerDay.objects.exists()
    assert max(Order.objects.values_list("ordered_on", flat=True)) <= AS_OF
    assert TeamMember.objects.filter(role="lead").exists()
    assert Task.objects.filter(due__lt=dates.today()).exists()
    assert Fact.objects.filter(state="unsettled").exists()
    assert Approval.objects.filter(state="open", steps__approver_ids__contains=[manager_id()]).exists()
    assert ApiKey.objects.exists()


def manager_id() -> int:
    return User.objects.get(username="manager").pk


def test_everything_that_was_made_stands_in_the_log(demo: None) -> None:
    made = dict.fromkeys(("accounts.customer", "accounts.contact", "sales.order", "users.user", "sales.product"), 0)
    for change in Change.objects.filter(model__in=made, action__in=["create", "bulk_create"]):
        made[change.model] += change.rows or 1
    assert made["accounts.customer"] == 60
    assert made["accounts.contact"] == Contact.objects.count()
    assert made["sales.order"] == Order.objects.count()
    assert made["users.user"] == User.objects.count()
    assert ChangeSet.objects.filter(cause="import").exists()
    assert not Run.objects.exclude(state__in=["done", "queued"]).exists()


def test_the_same_company_is_made_again_in_empty_tables(demo: None) -> None:
    first = digest()
    empty()
    seed()
    assert digest() == first


def test_one_login_a_role_is_shown_with_the_password_that_works(demo: None) -> None:
    out = StringIO()
    call_command("show_logins", stdout=out)
    logins = {person.username: person.role for person in staff.PEOPLE if person.login}
    assert set(logins.values()) == set(ROLES)
    assert all(f"  {username} " in out.getvalue() for username in logins)
    assert User.objects.get(username="kam").check_password(staff.PASSWORD)
    assert staff.PASSWORD in out.getvalue()
    others = User.objects.exclude(username__in=logins)
    assert others
    assert not any(user.has_usable_password() for user in others)


def test_what_is_there_is_never_touched(demo: None) -> None:
    before = digest(), ChangeSet.objects.count(), Message.objects.count()
    assert "nothing was changed" in seed("--if-empty")
    with pytest.raises(CommandError, match="isn't empty"):
        seed()
    assert (digest(), ChangeSet.objects.count(), Message.objects.count()) == before
