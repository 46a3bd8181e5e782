"""What happened to an order, its lines in words."""

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from crm.lib import display
from sales.models import Order, OrderLine, Product
from users.models import Change, User
from users.queries import change_words, changes
from users.queries.change_words import Entry, FieldChange

_LINES = "lines"
_SHOWN = ("quantity", "unit_price", "discount_percent", "tax_percent", "description")


def history_of(user: User, order: Order, *, limit: int = 20) -> list[Entry]:
    """The order's changes the user may read, newest first; of the lines what differs, one entry a line."""
    found = changes.visible_to(user).filter(model=order._meta.label_lower, object_id=order.pk)
    return words_of(user, found.order_by("-id").select_related("change_set__actor")[:limit])


def words_of(user: User, rows: Iterable[Change]) -> list[Entry]:
    """Changes of orders in words, as a reader may have them."""
    logged = {row.pk: row for row in rows}
    entries = change_words.entries(logged.values(), user)
    products = _product_names(logged.values())
    label = _("Lines")
    return [replace(entry, fields=_with_lines(entry, logged[entry.id], products, label)) for entry in entries]


def _with_lines(entry: Entry, change: Change, products: dict[int, str], label: str) -> list[FieldChange]:
    unsaid = {_LINES, *(str(name).lower() for name in _unsaid())}
    fields = [one for one in entry.fields if one.label.lower() not in unsaid]
    before, after = (change.before or {}).get(_LINES, []), (change.after or {}).get(_LINES, [])
    if change.before is None:
        return [*fields, FieldChange(label, None, display.number(len(after)))] if after else fields
    old = {line["position"]: line for line in before}
    new = {line["position"]: line for line in after}
    for position in sorted(old.keys() | new.keys()):
        was, now = old.get(position), new.get(position)
        if was != now:
            fields.append(_line_change(position, was, now, products))
    return fields


def _unsaid() -> list[Any]:
    """The names of what stands in the log and says nothing that the rest doesn't."""
    columns = [Order._meta.get_field(name).verbose_name for name in ("base_minor", "digest", "ordered_at")]  # type: ignore[union-attr]
    return [*columns, OrderLine._meta.verbose_name_plural]


def _line_change(
    position: int, was: dict[str, Any] | None, now: dict[str, Any] | None, products: dict[int, str]
) -> FieldChange:
    line = now or was or {}
    name = products.get(line.get("product_id") or 0) or line.get("description") or ""
    label = _("Line %(position)s, %(goods)s") % {"position": position, "goods": name}
    same_goods = was and now and was["product_id"] == now["product_id"]
    names = [key for key in _SHOWN if not (was and now and was.get(key) == now.get(key))]
    return FieldChange(label, _words(was, names, products, same_goods), _words(now, names, products, same_goods))


def _words(line: dict[str, Any] | None, names: list[str], products: dict[int, str], same_goods: Any) -> str | None:
    if line is None:
        return None
    parts = [] if same_goods else [products.get(line["product_id"] or 0, "")]
    for name in names:
        value = line.get(name)
        if value in (None, "") or (name.endswith("percent") and not Decimal(str(value))):
            continue
        parts.append(f"{_label(name)} {value}")
    return display.listed(filter(None, parts), language=get_language() or "en") or _("as before")


def _label(name: str) -> str:
    return str(OrderLine._meta.get_field(name).verbose_name)  # type: ignore[union-attr]


def _product_names(logged: Iterable[Change]) -> dict[int, str]:
    wanted = {
        line["product_id"]
        for change in logged
        for row in (change.before or {}, change.after or {})
        for line in row.get(_LINES, [])
        if line.get("product_id")
    }
    return dict(Product.objects.filter(pk__in=wanted).values_list("pk", "name"))
