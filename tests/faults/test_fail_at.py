"""Whatever statement of a write service fails, the database is as it was: old or new, never between."""

import ast
from pathlib import Path
from typing import Any

import pytest
from django.db import transaction

from accounts.models import Contact, Customer
from jobs import hints
from tests.faults.cases import CASES, EXCUSED, Cast
from tests.faults.failing import always_old_or_new
from users.models import Department, User

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def cast(
    owner: User, colleague: User, manager: User, outsider: User, admin_user: User, account: Customer, east: Department
) -> Cast:
    return Cast(owner, colleague, manager, outsider, admin_user, account, east)


@pytest.fixture(autouse=True)
def no_broker(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hints.current_app, "send_task", lambda *_, **__: None)


def services() -> set[str]:
    """Every public function of a `services` module that takes `by` as a keyword, found in the source."""
    found = set()
    for path in ROOT.glob("*/services/**/*.py"):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            is_public = isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
            if is_public and any(argument.arg == "by" for argument in node.args.kwonlyargs):
                parts = path.relative_to(ROOT).with_suffix("").parts
                found.add(".".join((parts[0], *parts[2:], node.name)))
    return found


def test_every_write_service_has_a_case_or_a_reason() -> None:
    listed = CASES.keys() | EXCUSED.keys()
    assert services() - listed == set(), "add a case to tests/faults/cases.py, or say why there is none"
    assert listed - services() == set(), "gone from the source"
    assert CASES.keys() & EXCUSED.keys() == set()


@pytest.mark.slow
@pytest.mark.django_db
@pytest.mark.parametrize("name", sorted(CASES))
def test_a_failing_statement_leaves_the_old_state(name: str, cast: Cast) -> None:
    assert always_old_or_new(CASES[name](cast)) >= 1


# ── The test sees what it is there for ──────────────────────────────────────


@pytest.mark.django_db
def test_two_writes_without_a_transaction_are_noticed(account: Customer) -> None:
    def careless() -> None:
        Contact.objects.create(customer=account, name="half")
        Contact.objects.create(customer=account, name="whole")

    with pytest.raises(AssertionError, match=r"left .*accounts_contact"):
        always_old_or_new(careless)
    with transaction.atomic():
        always_old_or_new(transaction.atomic(careless))


@pytest.mark.django_db
def test_a_failure_that_is_kept_quiet_is_noticed(account: Customer) -> None:
    def quiet() -> Any:
        try:
            Contact.objects.create(customer=account, name="maybe")
        except Exception:  # noqa: BLE001 - the fault that is looked for
            return None

    with pytest.raises(AssertionError, match="said that it succeeded"):
        always_old_or_new(quiet)
