"""Two people at the same time: nothing is lost, no circle is closed, somebody stays to administer."""

import datetime as dt
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from tests import factories
from tests.users.conftest import Sample
from users.approvals import ApprovalKind, approval_kinds
from users.errors import AlreadyDecided, Conflict, Invalid
from users.models import Department, ParameterSet, User
from users.parameters import ParameterKind
from users.queries import departments as tree
from users.services import approvals, departments, parameters, people
from users.services.people import Particulars

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start all acts together, each on a connection of its own; their answers or refusals."""
    start = threading.Barrier(len(acts))
    answers: list[Any] = [None] * len(acts)

    def run(place: int, act: Callable[[], Any]) -> None:
        start.wait(timeout=10)
        try:
            answers[place] = act()
        except (AlreadyDecided, Conflict, Invalid) as refusal:
            answers[place] = refusal
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place, act)) for place, act in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    return answers


def test_two_saves_at_once_give_two_versions(sample: ParameterKind) -> None:
    def save() -> ParameterSet:
        return parameters.save(kind=sample.code, values=Sample(), valid_from=dt.date(2026, 1, 1), by=None)

    answers = at_once(save, save, save)
    assert sorted(row.version for row in answers) == [1, 2, 3]


def test_of_two_who_saw_the_same_version_one_is_told(sample: ParameterKind) -> None:
    def save() -> ParameterSet:
        return parameters.save(
            kind=sample.code, values=Sample(), valid_from=dt.date(2026, 1, 1), by=None, base_version=0
        )

    answers = at_once(save, save)
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "ParameterSet"]


def test_two_moves_at_once_close_no_circle() -> None:
    """A under C and B under D, where C is below B and D below A: each alone is right, both are a circle."""
    a, b = (factories.department(code=code) for code in "AB")
    c, d = factories.department(code="C", parent=b), factories.department(code="D", parent=a)
    by = factories.user("administrator")

    def move(what: Department, under: Department) -> Callable[[], Any]:
        return lambda: departments.update_department(
            department=what, code=what.code, name=what.name, parent=under, version=1, by=by
        )

    answers = at_once(move(a, c), move(b, d))
    assert sorted(type(answer).__name__ for answer in answers) == ["Department", "Invalid"]
    assert len(tree.tree()) == 4


def test_two_administrators_cannot_remove_each_other() -> None:
    one, two = (factories.user("administrator") for _ in range(2))

    def demote(user: User, by: User) -> Callable[[], Any]:
        said = Particulars(username=user.username, name=user.name, roles=["executive"])
        return lambda: people.update_user(user=user, of=said, version=1, by=by)

    answers = at_once(demote(one, two), demote(two, one))
    assert sorted(type(answer).__name__ for answer in answers) == ["Invalid", "User"]
    assert User.objects.filter(groups__name="administrator", is_active=True).count() == 1


def test_of_two_editors_of_a_user_one_is_told() -> None:
    by, user = factories.user("administrator"), factories.user()

    def rename(name: str) -> Callable[[], Any]:
        said = Particulars(username=user.username, name=name, roles=["account_manager"])
        return lambda: people.update_user(user=user, of=said, version=1, by=by)

    answers = at_once(rename("First"), rename("Second"))
    assert sorted(type(answer).__name__ for answer in answers) == ["Conflict", "User"]


def test_of_two_approvers_at_once_exactly_one_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    department = factories.department()
    asker = factories.user(department=department)
    one, two = (factories.user("sales_manager", department=department, name=name) for name in ("One", "Two"))
    done: list[str] = []
    kind = ApprovalKind(
        "test.race", "Race", lambda _: [one, two], lambda _approval, by: done.append(by.name), lambda _: "Race"
    )
    monkeypatch.setitem(approval_kinds._entries, kind.code, kind)
    for _ in range(5):
        done.clear()
        asked = approvals.ask(kind=kind.code, by=asker, values={})

        def decide(by: User, approval_id: int = asked.pk) -> Callable[[], Any]:
            return lambda: approvals.decide(approval_id=approval_id, approve=True, by=by)

        answers = at_once(decide(one), decide(two))
        assert sorted(type(answer).__name__ for answer in answers) == ["AlreadyDecided", "Approval"]
        late = next(answer for answer in answers if isinstance(answer, AlreadyDecided))
        assert len(done) == 1
        assert late.who == done[0]
