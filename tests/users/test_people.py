"""Users and departments as an administrator keeps them."""

import re
from typing import Any

import pytest
from django.test import Client

from tests import factories
from tests.factories import PASSWORD
from users.errors import Conflict, Invalid
from users.models import Change, ChangeSet, Department, User
from users.queries import departments as tree
from users.queries import role_words
from users.roles import ROLES, Permission
from users.services import departments, people
from users.services.people import Particulars


@pytest.fixture
def admin(client: Client, admin_user: User) -> Client:
    client.force_login(admin_user)
    return client


def fields(page: str) -> dict[str, Any]:
    """The hidden fields of a form as a browser would send them."""
    found = re.findall(r'<input type="hidden" name="(version|opened)" value="([^"]*)"', page)
    return {name: value.replace("&quot;", '"') for name, value in found}


def said(user: User, **other: Any) -> dict[str, Any]:
    return {
        "name": user.name,
        "username": user.username,
        "email": user.email,
        "department": user.department_id or "",
        "roles": [role.code for role in user.roles] if user.pk else [],
        "language": user.language,
        "is_active": "on",
    } | other


def particulars(user: User, **other: Any) -> Particulars:
    known = {
        "name": user.name,
        "username": user.username,
        "email": user.email,
        "department": user.department,
        "roles": [role.code for role in user.roles],
        "language": user.language,
        "is_active": user.is_active,
    }
    return Particulars(**known | other)


def test_a_new_user_is_made_and_logged_without_the_password(admin: Client, east: Department) -> None:
    new = User(name="Nova", username="nova", email="Nova@Example.com", department=east, language="zh-hans")
    form = said(new, roles=["sales_rep", "data_steward"], password=PASSWORD)
    assert admin.post("/settings/users/new/", form).url == "/settings/users/"
    made = User.objects.get(username="nova")
    assert {role.code for role in made.roles} == {"sales_rep", "data_steward"}
    assert made.email == "nova@example.com"
    assert made.check_password(PASSWORD)
    change = Change.objects.get(object_id=made.pk)
    assert change.after["groups"] == ["data_steward", "sales_rep"]
    assert "password" not in change.after
    assert change.change_set.actor.username == "administrator"


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"username": "OWNER"}, "Another user has this user name"),
        ({"username": "a@b.cn"}, "A user name has no @"),
        ({"email": "taken@example.com"}, "Another user has this e-mail address"),
        ({"roles": ["sales_manager"], "department": ""}, "works with a whole department"),
        ({"roles": ["king"]}, "king"),
        ({"password": "short"}, "too short"),
        ({"password": "newcomer12"}, "too similar"),
        ({"name": ""}, "required"),
    ],
)
def test_a_new_user_that_does_not_fit_is_refused_whole(
    admin: Client, owner: User, wrong: dict[str, Any], words: str
) -> None:
    User.objects.filter(pk=owner.pk).update(email="taken@example.com")
    new = User(name="Newcomer", username="newcomer1", department=owner.department, language="en")
    answer = admin.post("/settings/users/new/", said(new, roles=[], password=PASSWORD) | wrong)
    assert answer.status_code == 200
    assert words in answer.content.decode()
    assert not User.objects.filter(name="Newcomer").exists()
    assert not ChangeSet.objects.exists()


def test_roles_department_and_right_to_sign_in_are_changed_and_logged(
    admin: Client, owner: User, west: Department
) -> None:
    page = admin.get(f"/settings/users/{owner.pk}/").content.decode()
    form = said(owner, roles=["sales_manager"], department=west.pk) | fields(page)
    del form["is_active"]
    assert admin.post(f"/settings/users/{owner.pk}/", form).status_code == 302
    owner = User.objects.get(pk=owner.pk)
    assert (owner.is_active, owner.department, owner.version) == (False, west, 2)
    change = Change.objects.get(object_id=owner.pk, model="users.user")
    assert change.before["groups"] == ["account_manager"]
    assert change.after["groups"] == ["sales_manager"]
    assert change.after["is_active"] is False
    history = admin.get(f"/settings/users/{owner.pk}/").content.decode()
    assert "Sales manager" in history
    assert "West" in history


def test_two_editors_of_one_user_lose_nothing(admin: Client, owner: User) -> None:
    url = f"/settings/users/{owner.pk}/"
    opened = fields(admin.get(url).content.decode())
    other = factories.user("administrator", username="other", name="Other")
    people.update_user(user=owner, of=particulars(owner, name="Theirs", language="zh-hans"), version=1, by=other)

    answer = admin.post(url, said(owner, name="Mine", email="mine@example.com") | opened)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Other changed this while you were editing" in page
    assert "Theirs" in page
    assert "Mine" in page
    assert User.objects.get(pk=owner.pk).name == "Theirs"

    chosen = said(owner, name="Mine", email="mine@example.com") | fields(page)
    assert admin.post(url, chosen).status_code == 409  # nothing chosen yet
    assert admin.post(url, chosen | {"pick-name": "mine"}).status_code == 302
    saved = User.objects.get(pk=owner.pk)
    assert (saved.name, saved.email, saved.language) == ("Mine", "mine@example.com", "zh-hans")


def test_a_stale_version_is_refused_by_the_service(owner: User, admin_user: User) -> None:
    with pytest.raises(Conflict):
        people.update_user(user=owner, of=particulars(owner, name="Late"), version=0, by=admin_user)
    assert not ChangeSet.objects.exists()


@pytest.mark.parametrize("change", [{"is_active": False}, {"roles": ["executive"]}])
def test_the_last_administrator_stays_one(admin_user: User, change: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match="Nobody else may sign in as an administrator"):
        people.update_user(user=admin_user, of=particulars(admin_user, **change), version=1, by=admin_user)
    kept = User.objects.get(pk=admin_user.pk)
    assert kept.is_active
    assert kept.roles[0].code == "administrator"


def test_an_administrator_who_may_not_sign_in_does_not_count(admin_user: User) -> None:
    factories.user("administrator", is_active=False)
    with pytest.raises(Invalid, match="Nobody else"):
        people.update_user(user=admin_user, of=particulars(admin_user, roles=[]), version=1, by=admin_user)


def test_one_of_two_administrators_may_go(admin_user: User) -> None:
    factories.user("administrator")
    people.update_user(user=admin_user, of=particulars(admin_user, roles=[]), version=1, by=admin_user)
    assert not User.objects.get(pk=admin_user.pk).roles


def test_a_broken_last_write_saves_nothing(owner: User, admin_user: User, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_kwargs: Any) -> None:
        raise RuntimeError("the log is gone")

    monkeypatch.setattr("users.services.people.changes.record_update", broken)
    with pytest.raises(RuntimeError):
        people.update_user(user=owner, of=particulars(owner, name="Half", roles=[]), version=1, by=admin_user)
    kept = User.objects.get(pk=owner.pk)
    assert (kept.name, [role.code for role in kept.roles]) == ("Owner", ["account_manager"])
    assert not ChangeSet.objects.exists()


def test_a_lost_password_is_replaced_and_ends_the_sessions(admin: Client, owner: User) -> None:
    theirs = Client()
    theirs.force_login(owner)
    answer = admin.post(f"/settings/users/{owner.pk}/password/", {"password": "a brand new battery"})
    assert answer.status_code == 302
    assert theirs.get("/me/").status_code == 302
    change = Change.objects.get()
    assert change.after == {"password": True}
    assert "a new one" in admin.get(f"/settings/users/{owner.pk}/").content.decode()


def test_a_user_who_is_not_there_is_not_found(admin: Client) -> None:
    assert admin.get("/settings/users/999999/").status_code == 404
    assert admin.get("/settings/departments/999999/").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", {"Owner", "Manager", "Administrator"}),
        ("?q=own", {"Owner"}),
        ("?role=sales_manager", {"Manager"}),
        ("?department={east}", {"Owner", "Manager"}),
        ("?active=no", set()),
        ("?role=nonsense&department=x&page=99", {"Owner", "Manager", "Administrator"}),
    ],
)
def test_the_list_is_filtered(
    admin: Client, owner: User, manager: User, east: Department, query: str, found: set[str]
) -> None:
    page = admin.get("/settings/users/" + query.format(east=east.pk))
    assert {user.name for user in page.context["page"].object_list} == found


def test_the_list_costs_the_same_for_many(admin: Client, django_assert_num_queries: Any) -> None:
    for _ in range(10):
        factories.user(department=factories.department())
    with django_assert_num_queries(8):
        admin.get("/settings/users/")


def test_departments_are_made_moved_and_logged(admin: Client, east: Department, west: Department) -> None:
    assert (
        admin.post("/settings/departments/new/", {"code": "S", "name": "South", "parent": east.pk}).status_code == 302
    )
    south = Department.objects.get(code="S")
    page = admin.get(f"/settings/departments/{south.pk}/").content.decode()
    form = {"code": "S", "name": "South", "parent": west.pk} | fields(page)
    assert admin.post(f"/settings/departments/{south.pk}/", form).status_code == 302
    south.refresh_from_db()
    assert south.parent == west
    change = Change.objects.filter(model="users.department").latest("id")
    assert (change.before, change.after) == ({"parent_id": east.pk}, {"parent_id": west.pk})
    history = admin.get(f"/settings/departments/{south.pk}/").content.decode()
    assert re.search(r"East</del>\s*→\s*<span>West", history)


def test_a_department_never_stands_below_itself(admin: Client, company: Department, east: Department) -> None:
    deep = factories.department(code="DEEP", name="Deep", parent=east)
    page = admin.get(f"/settings/departments/{company.pk}/").content.decode()
    form = {"code": "HQ", "name": "Company", "parent": deep.pk} | fields(page)
    answer = admin.post(f"/settings/departments/{company.pk}/", form)
    assert "Deep is part of Company already" in answer.content.decode()
    company.refresh_from_db()
    assert company.parent is None
    assert not ChangeSet.objects.exists()


def test_a_code_is_taken_once(admin_user: User, east: Department) -> None:
    with pytest.raises(Invalid, match="code"):
        departments.create_department(code="EAST", name="Other", parent=None, by=admin_user)


def test_two_editors_of_one_department_lose_nothing(admin: Client, east: Department, admin_user: User) -> None:
    url = f"/settings/departments/{east.pk}/"
    opened = fields(admin.get(url).content.decode())
    departments.update_department(
        department=east, code="EAST", name="Theirs", parent=east.parent, version=1, by=admin_user
    )
    answer = admin.post(url, {"code": "E", "name": "East", "parent": east.parent_id} | opened)
    assert answer.status_code == 409
    chosen = {"code": "E", "name": "East", "parent": east.parent_id} | fields(answer.content.decode())
    assert admin.post(url, chosen).status_code == 302
    east.refresh_from_db()
    assert (east.code, east.name) == ("E", "Theirs")


def test_the_tree_is_shown_from_the_top(admin: Client, east: Department, west: Department) -> None:
    factories.department(code="E1", name="East one", parent=east)
    nodes = admin.get("/settings/departments/").context["nodes"]
    assert [(node.department.code, node.depth) for node in nodes] == [("HQ", 0), ("EAST", 1), ("E1", 2), ("WEST", 1)]


def test_a_user_without_a_password_cannot_sign_in_until_given_one(admin_user: User) -> None:
    user = people.create_user(of=Particulars("newcomer", "Newcomer"), password=None, by=admin_user)
    assert not user.has_usable_password()
    people.set_password(user=user, password=PASSWORD, by=admin_user)
    assert User.objects.get(pk=user.pk).check_password(PASSWORD)


def test_the_role_table_says_what_the_roles_may_do(admin_user: User, owner: User, client: Client) -> None:
    client.force_login(owner)
    answer = client.get("/settings/roles/")
    lines = {line.permission: line.marks for group in answer.context["groups"] for line in group.lines}
    assert set(lines) == set(Permission)
    for place, role in enumerate(ROLES.values()):
        assert {code for code, marks in lines.items() if marks[place]} == set(role.permissions)
    assert lines[Permission.CUSTOMER_EDIT][list(ROLES).index("sales_manager")] == "own"
    assert "?role=" not in answer.content.decode()
    client.force_login(admin_user)
    assert "?role=sales_manager" in client.get("/settings/roles/").content.decode()


def test_a_permission_and_what_it_is_about_have_words() -> None:
    halves = [permission.partition(".") for permission in Permission]
    assert [one for one, _, _ in halves if one not in role_words._RESOURCES] == []
    assert [act for _, _, act in halves if act not in role_words._ACTS] == []


def test_a_department_moves_with_all_below_it(admin_user: User, company: Department, west: Department) -> None:
    middle = factories.department(parent=company)
    leaf = factories.department(parent=factories.department(parent=middle))
    departments.update_department(
        department=middle, code=middle.code, name=middle.name, parent=west, version=1, by=admin_user
    )
    assert leaf.pk in tree.subtree_ids(west.pk)
