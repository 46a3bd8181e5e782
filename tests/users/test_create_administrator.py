"""The command that makes the first user of an empty company."""

import io
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from tests import factories
from users.models import Change, User

pytestmark = pytest.mark.django_db


def make(monkeypatch: pytest.MonkeyPatch, username: str, password: str, **options: Any) -> str:
    out = io.StringIO()
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    call_command("create_administrator", username, stdout=out, **options)
    return out.getvalue()


def test_the_first_administrator_can_sign_in_and_make_users(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    said = make(monkeypatch, "li", "a long enough one 7", name="Li")
    assert "li may sign in" in said
    row = User.objects.get(username="li")
    assert [role.code for role in row.roles] == ["administrator"]
    client.post("/sign-in/", {"login": "li", "password": "a long enough one 7"})
    assert client.get("/settings/users/new/").status_code == 200
    assert Change.objects.filter(change_set__cause="command", object_id=row.pk).exists()


def test_a_weak_password_or_a_taken_name_makes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    factories.user("sales_rep", username="taken")
    with pytest.raises(CommandError, match="password"):
        make(monkeypatch, "li", "1234")
    with pytest.raises(CommandError, match="username"):
        make(monkeypatch, "taken", "a long enough one 7")
    assert User.objects.count() == 1
