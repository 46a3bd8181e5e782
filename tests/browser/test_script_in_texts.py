"""Script in every text that a person or a file can fill in, on every page that shows it: none of it runs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, connection, models, transaction
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django.live_server_helper import LiveServer

from tests.meta.conftest import CANARY, World, world
from tests.meta.walk import ROUTES, address
from users.access import rules
from users.models import User
from users.roles import ROLES

__all__ = ["world"]

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]

SCRIPT = "\"'><img src=x onerror=alert(1)><script>alert(2)</script>{{7*7}}"
SHORT = "<img src=x onerror=alert(3)>"
OURS = {"users", "jobs", "accounts", "sales", "segmentation"}
# Texts that programs write and read: nobody types them, and pages break without their words.
STRUCTURAL = {
    "kind", "template", "occasion", "period", "model", "request_id", "digest", "headers_digest", "folder", "delimiter",
    "search_text", "sort_key", "password", "username", "email", "prefix", "hash", "secret", "old_secret", "token",
    "url",
    "reference", "resource", "field", "code_hash", "reach", "query", "website", "target", "signed", "currency",
    "country", "language", "format", "first_hash", "last_hash", "payload_hash", "seal", "salt",
}  # fmt: skip
# Answers that are no page: files, and addresses that lead elsewhere.
NO_PAGES = {"account_logout", "accounts:read_export", "jobs:export_download", "jobs:import_rejected", "set_language"}


def poison() -> list[str]:
    """Put script into every free text of every row; returns the columns that took it."""
    taken = []
    for model in apps.get_models():
        if model._meta.app_label not in OURS:
            continue
        free = [field for field in model._meta.concrete_fields if _is_free_text(field)]
        taken += [f"{model._meta.label_lower}.{field.column}" for field in free if _fill(model, field)]
        for field in model._meta.concrete_fields:
            if isinstance(field, models.JSONField):
                _fill_json(model, field)
    return taken


def _is_free_text(field: models.Field[Any, Any]) -> bool:
    if isinstance(field, ArrayField):
        return field.name == "former_names"
    free = isinstance(field, models.CharField | models.TextField) and not field.choices and not field.is_relation
    return free and not field.primary_key and field.name not in STRUCTURAL


def _fill(model: type[models.Model], field: models.Field[Any, Any]) -> bool:
    limit = field.max_length or 500
    text = SCRIPT if limit >= len(SCRIPT) + 8 else SHORT
    if limit < len(SHORT):
        return False
    unique = field.unique or any(field.name in one.fields for one in _uniques(model))
    if unique and limit < len(text) + 8:
        return False
    if isinstance(field, ArrayField):
        value, params = "ARRAY[%s]", [SHORT]
    else:
        value, params = ("%s || t.ctid::text" if unique else "%s"), [text]
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'UPDATE {model._meta.db_table} t SET "{field.column}" = {value}', params)
            return bool(cursor.rowcount)
    except IntegrityError:
        return False


def _uniques(model: type[models.Model]) -> list[models.UniqueConstraint]:
    return [one for one in model._meta.constraints if isinstance(one, models.UniqueConstraint)]


def _fill_json(model: type[models.Model], field: models.JSONField[Any, Any]) -> None:
    """The canary's places within stored JSON: what somebody typed, among what programs wrote."""
    with connection.cursor() as cursor:
        safe = json.dumps(SCRIPT)[1:-1]
        cursor.execute(
            f'UPDATE {model._meta.db_table} SET "{field.column}" = replace("{field.column}"::text, %s, %s)::jsonb'
            f' WHERE "{field.column}"::text LIKE %s',
            [CANARY, safe, f"%{CANARY}%"],
        )


@pytest.fixture
def reader(owner: User) -> User:
    """The owner with every role there is: nothing is closed to them."""
    User.objects.filter(pk=owner.pk).update(language="en")
    owner.groups.add(*Group.objects.filter(name__in=ROLES))
    return owner


@pytest.fixture
def pages(world: World, reader: User, owner: User) -> list[tuple[str, str]]:
    """Every page with its address, after everything was poisoned."""
    assert len(poison()) > 40
    client = Client()
    client.force_login(reader)
    found = []
    for name, arguments in ROUTES:
        if name.startswith("api:") or name in NO_PAGES or rules.get(name).read is None:
            continue
        path = address(name, arguments, world)
        answer = client.get(path)
        if answer.status_code == 200 and answer["Content-Type"].startswith("text/html"):
            found.append((name, path))
    return found


@pytest.fixture
def page(browser: Browser, live_server: LiveServer, reader: User) -> Iterator[Page]:
    client = Client()
    client.force_login(reader)
    context = browser.new_context(base_url=live_server.url)
    context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": live_server.url}])
    context.add_init_script(
        "window.violations = []; addEventListener('securitypolicyviolation', e => window.violations.push("
        "e.violatedDirective + ' ' + e.blockedURI))"
    )
    yield context.new_page()
    context.close()


def test_no_text_runs_as_script_on_any_page(pages: list[tuple[str, str]], page: Page) -> None:
    ran: list[str] = []
    shown = 0
    here = ""
    page.on("dialog", lambda dialog: (ran.append(f"{here}: a dialog {dialog.message}"), dialog.dismiss()))
    page.on("pageerror", lambda error: ran.append(f"{here}: {error}"))
    page.on(
        "console",
        lambda message: (
            ran.append(f"{here}: {message.text}")
            if message.type == "error" and "Failed to load resource" not in message.text
            else None
        ),
    )
    for name, path in pages:
        here = name
        answer = page.goto(path, wait_until="load")
        assert answer is not None, name
        assert answer.status == 200, f"{name}: {answer.status}"
        ran += [f"{name}: blocked {one}" for one in page.evaluate("window.violations || []")]
        ran += [f"{name}: an element of ours was made"] * page.locator("img[src='x']").count()
        shown += "onerror=alert" in (page.locator("body").text_content() or "")
    assert ran == []
    assert shown > 25, "the pages do show the texts"
