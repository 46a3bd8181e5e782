"""Second factors: set up, asked for, forced by role, lost; and what an attacker tries."""

import re
import time
from typing import Any
from unittest import mock

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.totp.internal.auth import TOTP
from allauth.usersessions.models import UserSession
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from jobs.models import Message
from tests import factories
from tests.factories import PASSWORD
from users.models import Change, ParameterSet, User
from users.queries import second_factor
from users.services import second_factor as services
from users.sign_in import SIGN_IN

SECRET = "JBSWY3DPEHPK3PXP"

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def cheap_passwords(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def anna(owner: User) -> User:
    owner.username = "anna"
    owner.set_password(PASSWORD)
    owner.save()
    return owner


@pytest.fixture
def guarded(anna: User) -> User:
    """Anna with an app and recovery codes."""
    TOTP.activate(anna, SECRET)
    RecoveryCodes.activate(anna)
    return anna


def code(secret: str = SECRET, steps: int = 0) -> str:
    counter = int(time.time()) // 30 + steps
    return totp.format_hotp_value(totp.hotp_value(secret, counter))


def password(client: Client, **headers: Any) -> Any:
    return client.post("/sign-in/", {"login": "anna", "password": PASSWORD}, **headers)


def second(client: Client, given: str) -> Any:
    return client.post(reverse("mfa_authenticate"), {"code": given})


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def must(*roles: str) -> None:
    ParameterSet.objects.create(
        kind=SIGN_IN.code,
        version=ParameterSet.objects.count() + 1,
        valid_from="2020-01-01",
        payload={role: role in roles for role in ("account_manager", "administrator")},
    )


# ── Setting up ───────────────────────────────────────────────────────────────


def test_an_app_is_set_up_with_its_first_code_and_recovery_codes_are_shown(client: Client, anna: User) -> None:
    password(client)
    page = client.get(reverse("mfa_activate_totp"))
    secret = re.search(r"<code>(\w+)</code>", page.content.decode())
    assert secret
    wrong = client.post(reverse("mfa_activate_totp"), {"code": "000000"})
    assert wrong.status_code == 200
    assert not second_factor.has_one(anna)
    answer = client.post(reverse("mfa_activate_totp"), {"code": code(secret[1])})
    assert answer.url == reverse("mfa_view_recovery_codes")
    assert len(re.findall(r"<code>\d{8}</code>", client.get(answer.url).content.decode())) == 10
    assert second_factor.has_one(anna)


@pytest.mark.django_db(transaction=True)
def test_setting_up_is_logged_and_told(client: Client, anna: User) -> None:
    password(client)
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    secret = re.search(r"<code>(\w+)</code>", page)
    assert secret
    client.post(reverse("mfa_activate_totp"), {"code": code(secret[1])})
    logged = Change.objects.filter(model="users.user", object_id=anna.pk)
    assert {"second_factors": ["totp"]} in [change.after for change in logged]
    assert Message.objects.filter(recipient=anna, template="security.added").exists()


def test_the_secret_is_not_stored_in_the_clear(guarded: User) -> None:
    stored = Authenticator.objects.get(user=guarded, type="totp").data
    assert SECRET not in str(stored)


def test_an_old_session_is_asked_who_it_is_before_the_factor_changes(client: Client, anna: User) -> None:
    password(client)
    with mock.patch("time.time", return_value=time.time() + 3600):
        answer = client.get(reverse("mfa_activate_totp"))
        assert answer.url.startswith(reverse("account_reauthenticate"))
        assert client.get(answer.url).status_code == 200


# ── Signing in ───────────────────────────────────────────────────────────────


def test_the_password_alone_opens_nothing(client: Client, guarded: User) -> None:
    assert password(client).url == reverse("mfa_authenticate")
    assert not signed_in(client)
    assert client.get("/me/").url.startswith("/sign-in/")
    assert second(client, code()).url == "/"
    assert signed_in(client)


def test_the_second_step_can_not_be_taken_first(client: Client, guarded: User) -> None:
    assert second(client, code()).url == reverse("account_login")
    assert not signed_in(client)


def test_a_replayed_code_is_refused_even_when_the_cache_forgets(client: Client, guarded: User) -> None:
    now = code()
    password(client)
    assert second(client, now).status_code == 302
    thief = Client()
    password(thief)
    cache.clear()
    assert second(thief, now).status_code == 200
    with mock.patch("time.time", return_value=time.time() + 31):  # still within the clock tolerance
        assert second(thief, now).status_code == 200
    assert not signed_in(thief)


def test_a_code_of_last_year_is_refused(client: Client, guarded: User) -> None:
    password(client)
    assert second(client, code(steps=-1_000_000)).status_code == 200
    assert second(client, code(steps=-3)).status_code == 200
    assert not signed_in(client)


def test_a_recovery_code_opens_once(client: Client, guarded: User) -> None:
    spare = Authenticator.objects.get(user=guarded, type="recovery_codes").wrap().get_unused_codes()[0]
    password(client)
    assert second(client, spare).url == "/"
    again = Client()
    password(again)
    assert second(again, spare).status_code == 200
    assert not signed_in(again)


def test_guessing_codes_locks_after_ten(client: Client, guarded: User) -> None:
    password(client)
    for _ in range(10):
        assert "This code isn&#x27;t right" in second(client, "000000").content.decode()
    answer = second(client, code())
    assert "Too many wrong tries" in answer.content.decode()
    fresh = Client()
    password(fresh)
    assert second(fresh, code(steps=1)).status_code == 200
    assert not signed_in(fresh)


def test_guessing_is_not_helped_by_another_address(client: Client, guarded: User) -> None:
    password(client)
    for number in range(10):
        client.post(reverse("mfa_authenticate"), {"code": "000000"}, HTTP_X_FORWARDED_FOR=f"10.0.0.{number}")
    answer = client.post(reverse("mfa_authenticate"), {"code": code()}, REMOTE_ADDR="10.1.1.1")
    assert answer.status_code == 200
    assert not signed_in(client)


def test_the_session_gets_a_new_key_when_somebody_signs_in(client: Client, guarded: User) -> None:
    client.get("/sign-in/")
    session = client.session
    session["planted"] = 1
    session.save()
    planted = session.session_key
    client.cookies["sessionid"] = planted
    password(client)
    half = client.session.session_key
    second(client, code())
    assert signed_in(client)
    assert client.session.session_key not in {planted, half} - {None}


def test_deactivated_between_the_two_steps_gets_nowhere(client: Client, guarded: User) -> None:
    password(client)
    User.objects.filter(pk=guarded.pk).update(is_active=False)
    second(client, code())
    assert client.get("/me/").status_code == 302


# ── Forced by role ───────────────────────────────────────────────────────────


def test_nobody_is_forced_in_development_and_administrators_are_in_production(settings: Any) -> None:
    from users.sign_in import SignInParameters

    assert SignInParameters().roles == frozenset()
    import subprocess
    import sys

    said = subprocess.run(
        [sys.executable, "-c", "import crm.settings as s; print(s.SECOND_FACTOR_ROLES)"],
        env={"SECRET_KEY": "x" * 50, "PATH": "", "DEBUG": "false"},
        capture_output=True,
        text=True,
        cwd=settings.BASE_DIR,
    )
    assert said.stdout.strip() == "['administrator']", said.stderr


def test_whose_role_must_have_one_does_nothing_else_first(client: Client, anna: User) -> None:
    must("account_manager")
    password(client)
    for path in ("/me/", "/customers/", "/tasks/", "/settings/"):
        assert client.get(path).url == reverse("mfa_index"), path
    assert client.get("/notices/bell/", HTTP_HX_REQUEST="true").status_code == 403
    assert client.post("/me/theme/", {"theme": "dark"}).url == reverse("mfa_index")
    assert client.get("/api/v1/customers").status_code == 403
    assert "Your role asks for a second factor" in client.get(reverse("mfa_index")).content.decode()
    secret = re.search(r"<code>(\w+)</code>", client.get(reverse("mfa_activate_totp")).content.decode())
    assert secret
    client.post(reverse("mfa_activate_totp"), {"code": code(secret[1])})
    assert client.get("/me/").status_code == 200
    assert client.get("/settings/users/").status_code == 403, "the permission table holds as before"


def test_whose_role_need_not_signs_in_as_before(client: Client, anna: User) -> None:
    must("administrator")
    assert password(client).url == "/"
    assert client.get("/me/").status_code == 200


def test_the_last_factor_stays_while_the_role_asks_for_one(client: Client, guarded: User) -> None:
    must("account_manager")
    password(client)
    second(client, code())
    answer = client.post(reverse("mfa_deactivate_totp"))
    assert answer.status_code == 200
    assert "Your role asks for a second factor" in answer.content.decode()
    assert second_factor.has_one(guarded)


# ── Lost ─────────────────────────────────────────────────────────────────────


def test_an_administrator_takes_a_lost_factor_away(client: Client, guarded: User, admin_user: User) -> None:
    password(client)
    second(client, code())
    assert client.get("/me/").status_code == 200
    admin = Client()
    admin.force_login(admin_user)
    page = reverse("users:second_factor_reset", args=[guarded.pk])
    assert admin.get(page).status_code == 200
    assert second_factor.has_one(guarded), "a look takes nothing away"
    admin.post(page)
    assert not Authenticator.objects.filter(user=guarded).exists()
    assert client.get("/me/").status_code == 302, "the sessions ended"
    change = Change.objects.get(model="users.user", object_id=guarded.pk)
    assert change.before == {"second_factors": ["recovery_codes", "totp"]}
    assert change.change_set.actor == admin_user
    assert Message.objects.filter(recipient=guarded, template="security.reset").exists()
    assert password(client).url == "/"


def test_nobody_else_takes_it_away_and_nobody_their_own_that_way(
    guarded: User, manager: User, admin_user: User
) -> None:
    client = Client()
    for user in (manager, guarded):
        client.force_login(user)
        assert client.post(reverse("users:second_factor_reset", args=[guarded.pk])).status_code == 403
    TOTP.activate(admin_user, SECRET)
    client.force_login(admin_user)
    client.post(reverse("users:second_factor_reset", args=[admin_user.pk]))
    assert second_factor.has_one(admin_user)
    assert second_factor.has_one(guarded)


def test_the_command_takes_it_away_where_no_administrator_is_left(guarded: User) -> None:
    call_command("reset_second_factor", "anna")
    assert not second_factor.has_one(guarded)
    assert Change.objects.get(object_id=guarded.pk, model="users.user").change_set.cause == "command"


def test_a_broken_write_takes_nothing_away(guarded: User, admin_user: User) -> None:
    with mock.patch.object(services, "_tell", side_effect=RuntimeError), pytest.raises(RuntimeError):
        services.reset(user=guarded, by=admin_user)
    assert second_factor.has_one(guarded)
    assert not Change.objects.filter(object_id=guarded.pk).exists()


# ── Sessions ─────────────────────────────────────────────────────────────────


def test_sessions_are_listed_and_ended(client: Client, anna: User) -> None:
    password(client, HTTP_USER_AGENT="Firefox here")
    other = Client()
    password(other, HTTP_USER_AGENT="Phone there")
    page = client.get(reverse("users:session_list")).content.decode()
    assert "Firefox here" in page
    assert "Phone there" in page
    there = UserSession.objects.get(user_agent="Phone there")
    client.post(reverse("users:session_end", args=[there.pk]))
    assert other.get("/me/").status_code == 302
    assert client.get("/me/").status_code == 200


def test_all_other_sessions_end_at_once(client: Client, anna: User) -> None:
    others = [Client() for _ in range(3)]
    for one in (client, *others):
        password(one)
    client.post(reverse("users:session_list"))
    assert [one.get("/me/").status_code for one in others] == [302, 302, 302]
    assert client.get("/me/").status_code == 200


def test_nobody_ends_or_sees_anothers_session(client: Client, anna: User, outsider: User) -> None:
    password(client, HTTP_USER_AGENT="Of Anna")
    theirs = Client()
    theirs.force_login(outsider)
    session = UserSession.objects.get()
    assert theirs.post(reverse("users:session_end", args=[session.pk])).status_code == 404
    assert "Of Anna" not in theirs.get(reverse("users:session_list")).content.decode()
    assert client.get("/me/").status_code == 200


def test_the_password_page_ends_the_others(client: Client, anna: User) -> None:
    other = Client()
    password(client)
    password(other)
    said = {"oldpassword": PASSWORD, "password1": "a better battery", "password2": "a better battery"}
    client.post("/me/password/", said)
    assert other.get("/me/").status_code == 302
    rows = client.get(reverse("users:session_list")).context["rows"]
    assert [here for _session, here in rows] == [True]


def test_programs_have_no_way_in(client: Client) -> None:
    row, _token = factories.key()
    program = row.user
    TOTP.activate(program, SECRET)
    client.post("/sign-in/", {"login": program.username, "password": PASSWORD})
    assert not signed_in(client)
