"""From what a program says of orders to what the services take: customers and products named as it knows them."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries import redirects
from sales.models import Order, OrderLine, Product
from sales.services.order_rules import LineInput, OrderInput
from users.api.problems import Fault, fault
from users.models import User
from users.services import external_ids

Said = Mapping[str, Any]

_LINE = ("position", "product_id", "description", "original_position")
_AMOUNTS = ("quantity", "unit_price", "discount_percent", "tax_percent", "unit_cost")


class Names:
    """The ids of the customers and products that some orders name in other ways; a few statements, however many."""

    def __init__(self, many: Sequence[Said], by: User) -> None:
        codes: set[str] = {row["customer_code"] for row in many if row.get("customer_code")}
        skus = {line["product_code"] for row in many for line in row.get("lines", ()) if line.get("product_code")}
        known_as = {(row["source"], row["customer_external_id"]) for row in many if row.get("customer_external_id")}
        visible = Customer.objects.visible_to(by).filter(code__in=codes) if codes else None
        self._customers = dict(visible.values_list("code", "pk")) if visible is not None else {}
        self._products = dict(Product.objects.filter(code__in=skus).values_list("code", "pk")) if skus else {}
        if gone := codes - self._customers.keys():
            merged = redirects.survivors_of_codes(gone)
            seen = set(Customer.objects.visible_to(by).filter(pk__in=merged.values()).values_list("pk", flat=True))
            self._customers |= {code: pk for code, pk in merged.items() if pk in seen}
        self._external = external_ids.find_many(resource="customer", names=known_as)

    def customer(self, row: Said, faults: list[Fault]) -> int:
        """The id of an order's customer; 0 and a fault if it names none, or more than one."""
        named = [name for name in ("customer_id", "customer_code", "customer_external_id") if row.get(name)]
        if len(named) != 1:
            faults.append(fault("customer_id", _("Name the customer in one way: by id, code or external id.")))
            return 0
        (name,) = named
        if name == "customer_id":
            return int(row["customer_id"])
        if name == "customer_code":
            found = self._customers.get(row["customer_code"])
        else:
            found = self._external.get((row["source"], row["customer_external_id"]))
        if found is None:
            faults.append(fault(name, _("There is no such customer.")))
        return found or 0

    def line(self, line: Said, place: int, faults: list[Fault]) -> LineInput:
        """A line as the services take it."""
        values = {name: line[name] for name in _LINE if line.get(name) is not None}
        values |= {name: line[name] for name in _AMOUNTS if name in line}
        if line.get("product_code"):
            found = self._products.get(line["product_code"])
            if found is None or line.get("product_id"):
                text = _("There is no such product.") if found is None else _("Name the product in one way.")
                faults.append(fault("product_code", text, at=f"/lines/{place}"))
            values["product_id"] = found
        return LineInput(**values)


_HEADER = ("number", "source", "kind", "state", "contact_id", "original_id", "ordered_at", "promised_on", "shipped_on")


def order_input(row: Said, names: Names) -> tuple[OrderInput | None, list[Fault]]:
    """A new order as the services take it; None, and what is wrong, if it names what isn't there."""
    faults: list[Fault] = []
    customer_id = names.customer(row, faults)
    lines = [names.line(line, place, faults) for place, line in enumerate(row["lines"])]
    if faults:
        return None, faults
    values = {name: row[name] for name in (*_HEADER, "currency", "note") if row.get(name) is not None}
    return OrderInput(customer_id=customer_id, lines=lines, **values), []


def changed_input(order: Order, said: Said, by: User, *, partial: bool) -> tuple[OrderInput | None, list[Fault]]:
    """An order as it is to be. What isn't said stays (`partial`), or is as if it were new."""
    row = dict(said) | {"source": order.source}
    names = Names([row], by)
    faults: list[Fault] = []
    named = any(row.get(name) for name in ("customer_id", "customer_code", "customer_external_id"))
    customer_id = names.customer(row, faults) if named else order.customer_id
    if "lines" in row:
        lines = [names.line(line, place, faults) for place, line in enumerate(row["lines"])]
    else:
        lines = [_line_input(line) for line in order.lines.all()]
    if faults:
        return None, faults
    values = {name: getattr(order, name) for name in (*_HEADER, "currency", "note")}
    kept = ("number", "source", "kind", "state", "original_id")
    for name in (*_HEADER, "currency", "note"):
        if name in row and name not in kept:
            values[name] = row[name]
        elif not partial and name == "currency":
            values[name] = ""
    return OrderInput(customer_id=customer_id, lines=lines, **values), []


def _line_input(line: OrderLine) -> LineInput:
    return LineInput(**{name: getattr(line, name) for name in (*_LINE, *_AMOUNTS)})
