"""Relations point down: a foreign key up, or to a sibling, would break the house."""

import pytest
from django.apps import apps
from django.db import models

FLOORS = {
    "auth": 0, "contenttypes": 0, "sessions": 0, "account": 0, "crm": 0,
    "mfa": 2, "usersessions": 2, "socialaccount": 2,
    "users": 1, "jobs": 2, "accounts": 3, "sales": 4, "touchpoints": 5,
    "segmentation": 6, "credit": 6, "loyalty": 6, "planning": 7, "dashboards": 8,
}  # fmt: skip
OURS = {name for name, floor in FLOORS.items() if floor > 0}


@pytest.mark.parametrize(
    "model", [m for m in apps.get_models() if m._meta.app_label in OURS], ids=lambda m: m._meta.label
)
def test_relations_point_down_or_stay(model: type[models.Model]) -> None:
    app = model._meta.app_label
    for field in model._meta.get_fields():
        if field.is_relation and not field.auto_created and field.related_model is not None:
            other = field.related_model._meta.app_label
            assert other == app or FLOORS[other] < FLOORS[app], f"{model._meta.label}.{field.name} → {other}"


def test_every_app_has_a_floor() -> None:
    local = {config.label for config in apps.get_app_configs()}
    assert local - set(FLOORS) - {
        "postgres", "messages", "staticfiles", "runserver_nostatic", "humanize", "allauth", "csp", "django_htmx",
        "template_partials", "openid_connect", "rest_framework", "drf_spectacular", "drf_spectacular_sidecar",
    } == set()  # fmt: skip
