"""The change log in words: labels instead of column names, names instead of ids."""

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import Field, ForeignKey, Model
from django.urls import NoReverseMatch
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.functional import Promise
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from crm.lib import dates, display
from users.models import Change, User
from users.registry import record_urls
from users.roles import ROLES

Row = dict[str, Any]


@dataclass(frozen=True)
class FieldChange:
    """One field of a change in words. `before` is None where the row was made."""

    label: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class Entry:
    """One change in words."""

    id: int
    change_set_id: int
    at: dt.datetime
    who: str
    door: str
    summary: str
    run_id: int | None
    request_id: str
    erased: bool
    action: str
    action_code: str
    model: str
    kind: str | Promise
    subject: str
    url: str
    object_id: int | None
    customer_id: int | None
    rows: int
    first_id: int | None
    last_id: int | None
    fields: list[FieldChange]


def entries(changes: Iterable[Change], user: User) -> list[Entry]:
    """Changes in words. A few queries for all of them: one for each model that is named in them.

    A row that the user may not see is not named.
    """
    found = list(changes)
    names = _names(found, user)
    return [_entry(change, names) for change in found]


def _entry(change: Change, names: dict[tuple[str, Any], str]) -> Entry:
    model, change_set = _model(change.model), change.change_set
    kind = model._meta.verbose_name if model else change.model
    gone = next(
        (str(row[key]) for row in (change.after or {}, change.before or {}) for key in _NAMES if row.get(key)), ""
    )
    name = names.get((change.model, change.object_id))
    return Entry(
        id=change.pk,
        change_set_id=change_set.pk,
        at=change_set.at,
        who=str(change_set.actor) if change_set.actor else _("the system"),
        door=change_set.get_cause_display(),
        summary=change_set.summary,
        run_id=change_set.run_id,
        request_id=change_set.request_id,
        erased=change.erased_by_id is not None,
        action=change.get_action_display(),
        action_code=change.action,
        model=change.model,
        kind=kind or change.model,
        subject=name or gone,
        url=_url(change) if name else "",
        object_id=change.object_id,
        customer_id=change.customer_id,
        rows=change.rows,
        first_id=change.first_id,
        last_id=change.last_id,
        fields=_field_changes(change, model, names),
    )


# Columns a row that is gone is called by.
_NAMES = ("name", "code", "number", "title")


def _field_changes(change: Change, model: type[Model] | None, names: dict[tuple[str, Any], str]) -> list[FieldChange]:
    before, after = change.before or {}, change.after or {}
    found = []
    for key in [*before, *(key for key in after if key not in before)]:
        field = _field(model, key)
        label = _label_of(field, key)
        was = _words(key, field, before[key], names) if key in before else None
        now = _words(key, field, after[key], names) if key in after else None
        empty = was is None and after.get(key) in (None, "", [], {})
        if not empty:
            found.append(FieldChange(label[:1].upper() + label[1:], was, now))
    return found


def _label_of(field: Any, key: str) -> str:
    """What a column is called; without a name of its own, as the rows it points to or that belong to it."""
    if key == "second_factors":
        # Translators: 双重验证
        return _("second factors")
    own = getattr(field, "verbose_name", "")
    related = getattr(field, "related_model", None)
    if isinstance(own, Promise) or not related:
        return str(own or key)
    return str(related._meta.verbose_name if isinstance(field, ForeignKey) else related._meta.verbose_name_plural)


def _words(key: str, field: Any, value: Any, names: dict[tuple[str, Any], str]) -> str:
    if key == "password":
        return _("a new one")
    if key == "second_factors":
        return display.listed([_factor(kind) for kind in value], language=_language()) if value else _("(empty)")
    if value is None or value in ("", [], {}):
        return _("(empty)")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if key == "groups":
        return display.listed([_role(code) for code in value], language=_language())
    if isinstance(field, ForeignKey):
        return names.get((field.related_model._meta.label_lower, value)) or _("not visible to you (%(id)s)") % {
            "id": value
        }
    if isinstance(field, Field) and field.choices:
        return str(dict(field.flatchoices).get(value, value))
    return _plain(field, value)


def _plain(field: Any, value: Any) -> str:
    kind = field.get_internal_type() if isinstance(field, Field) else ""
    if kind == "DateField" and (day := parse_date(str(value))):
        return display.day(day, language=_language())
    if kind == "DateTimeField" and (at := parse_datetime(str(value))):
        zone = dates.company_zone()
        return display.moment(at.astimezone(zone), language=_language(), now=timezone.now().astimezone(zone))
    if isinstance(value, list) and any(isinstance(one, dict) for one in value):
        return ngettext("%(count)s line", "%(count)s lines", len(value)) % {"count": len(value)}
    if isinstance(value, list):
        return display.listed(value, language=_language())
    if isinstance(value, dict):
        return ngettext("%(count)s value", "%(count)s values", len(value)) % {"count": len(value)}
    return str(value)


def _names(changes: Iterable[Change], user: User) -> dict[tuple[str, Any], str]:
    """What the rows are called that the changes are of or point to, by (model, id)."""
    wanted: dict[str, set[Any]] = {}
    for change in changes:
        if change.object_id is not None:
            wanted.setdefault(change.model, set()).add(change.object_id)
        model = _model(change.model)
        for row in (change.before or {}, change.after or {}):
            for key, value in row.items():
                field = _field(model, key)
                if isinstance(field, ForeignKey) and value is not None:
                    wanted.setdefault(field.related_model._meta.label_lower, set()).add(value)
    found: dict[tuple[str, Any], str] = {}
    for label, ids in wanted.items():
        model = _model(label)
        if model is not None:
            rows = model._default_manager.filter(pk__in=ids)
            rows = rows.visible_to(user) if hasattr(rows, "visible_to") else rows
            found |= {(label, row.pk): str(row) for row in rows}
    return found


def _url(change: Change) -> str:
    """Where the row is shown, if its chapter says so and has the page."""
    address = record_urls.find(change.model)
    if address is None or change.object_id is None:
        return ""
    try:
        return address(change.object_id, change.after or {})
    except NoReverseMatch:
        return ""


def _model(label: str) -> type[Model] | None:
    try:
        return apps.get_model(label)
    except (LookupError, ValueError):
        return None


def _field(model: type[Model] | None, key: str) -> Any:
    try:
        return model._meta.get_field(key) if model else None
    except FieldDoesNotExist:
        return None


def _role(code: str) -> str:
    return str(ROLES[code].label) if code in ROLES else code


def _factor(kind: str) -> str:
    words = {"totp": _("authenticator app"), "webauthn": _("passkey or key"), "recovery_codes": _("recovery codes")}
    return words.get(kind, kind)


def _language() -> str:
    return get_language() or "en"
