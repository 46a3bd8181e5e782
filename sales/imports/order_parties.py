"""Whom and what the lines name: customers and products by code, and who may be created."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from django.db.models import Q
from django.utils.translation import gettext as _

from accounts.core import countries
from accounts.models import Customer
from accounts.queries import owners, redirects
from accounts.scope import acting_scope
from accounts.services import customers as customer_service
from accounts.services.customers import NewCustomer
from jobs.core.delimited import Ints
from jobs.imports.work import Work
from sales.core.lines import PRICE_DECIMALS, scaled
from sales.imports.order_reading import Parties
from sales.models import Product
from sales.services import products as product_service
from users.models import ChangeSet
from users.roles import Permission

UNKNOWN = -1
NO_COST = -1
_BATCH = 5_000
_WHOLE = re.compile(r"\d+\.0")


@dataclass
class Resolved:
    """Ids by code's number: `UNKNOWN` for those not there. `refusals` says why a code can't be used."""

    ids: Ints
    refusals: dict[int, str] = field(default_factory=dict)

    def missing(self, used: Ints) -> list[int]:
        """Which of the codes that are used don't exist yet, in the order they were named."""
        return [code for code in np.unique(used).tolist() if code >= 0 and self.ids[code] == UNKNOWN]


def plain_codes(codes: Sequence[str]) -> list[str]:
    """Codes as people write them: 17850.0 is 17850 if the whole column looks like that.

    A spreadsheet that took codes for numbers and has empty cells among them writes them so.
    """
    if codes and all(_WHOLE.fullmatch(code) for code in codes):
        return [code.removesuffix(".0") for code in codes]
    return list(codes)


def customers(work: Work, named: Parties) -> Resolved:
    """The customers of the file. Refused: those out of the user's reach, those that may not be created."""
    named.codes.texts = plain_codes(named.codes.texts)
    resolved = Resolved(np.full(len(named.codes), UNKNOWN, dtype=np.int64))
    places = {code: number for number, code in enumerate(named.codes.texts)}
    scope = acting_scope(work.by, Permission.ORDER_EDIT) if work.by else None
    for start in range(0, len(named.codes), _BATCH):
        codes = named.codes.texts[start : start + _BATCH]
        merged = redirects.survivors_of_codes(codes)
        known: dict[int, list[str]] = {}
        for code, pk in merged.items():
            known.setdefault(pk, []).append(code)
        found = Customer.objects.filter(Q(code__in=codes) | Q(pk__in=list(known)))
        for pk, code, owner_id, department_id in found.values_list("pk", "code", "owner_id", "department_id"):
            for name in {code, *known.get(pk, ())} & places.keys():
                resolved.ids[places[name]] = pk
                if scope and not scope.covers(owner_id=owner_id, department_id=department_id):
                    resolved.refusals[places[name]] = _("This customer isn't among yours.")
    refuse = _why_not_created(work, Permission.CUSTOMER_CREATE, _("There is no customer with this code."))
    if refuse:
        resolved.refusals |= dict.fromkeys(np.flatnonzero(resolved.ids == UNKNOWN).tolist(), refuse)
    return resolved


def products(work: Work, named: Parties) -> Resolved:
    """The products of the file. Refused: those that don't exist and may not be created."""
    named.codes.texts = plain_codes(named.codes.texts)
    resolved = Resolved(np.full(len(named.codes), UNKNOWN, dtype=np.int64))
    places = {code: number for number, code in enumerate(named.codes.texts)}
    for start in range(0, len(named.codes), _BATCH):
        found = Product.objects.filter(code__in=named.codes.texts[start : start + _BATCH])
        for pk, code in found.values_list("pk", "code"):
            resolved.ids[places[code]] = pk
    refuse = _why_not_created(work, Permission.PRODUCT_EDIT, _("There is no product with this code."))
    if refuse:
        resolved.refusals = dict.fromkeys(np.flatnonzero(resolved.ids == UNKNOWN).tolist(), refuse)
    return resolved


def _why_not_created(work: Work, permission: Permission, unknown: str) -> str:
    if not work.options["create"]:
        return unknown
    if work.by and not work.by.may(permission):
        return unknown + " " + _("Your role doesn't create it.")
    return ""


def _new_customer(work: Work, named: Parties, number: int) -> NewCustomer:
    owner = work.by.pk if work.by and owners.may_own(work.by) else None
    code = named.codes.texts[number]
    new = NewCustomer(
        name=named.names.get(number) or code,
        code=code,
        owner_id=owner,
        department_id=work.by.department_id if work.by else None,
    )
    country = countries.code_of(named.countries.get(number, ""))
    return replace(new, country=country) if country else new


def create_customers(work: Work, named: Parties, resolved: Resolved, missing: Sequence[int], log: ChangeSet) -> None:
    """Create customers by their codes' numbers and enter their ids. Inside a transaction."""
    rows = [_new_customer(work, named, number) for number in missing]
    made = customer_service.create_many(rows=rows, by=work.by, change_set=log)
    for number in missing:
        resolved.ids[number] = made[named.codes.texts[number]]


def create_products(work: Work, named: Parties, resolved: Resolved, missing: Sequence[int], log: ChangeSet) -> None:
    """Create products by their codes' numbers and enter their ids. Inside a transaction."""
    rows = [(named.codes.texts[number], named.names.get(number, "")) for number in missing]
    made = product_service.create_many(rows=rows, by=work.by, change_set=log)
    for number in missing:
        resolved.ids[number] = made[named.codes.texts[number]]


def unit_costs(resolved: Resolved) -> Ints:
    """The standard cost of each product's unit in millionths, `NO_COST` where it isn't known."""
    costs = np.full(len(resolved.ids), NO_COST, dtype=np.int64)
    places = {pk: number for number, pk in enumerate(resolved.ids.tolist()) if pk != UNKNOWN}
    known = Product.objects.filter(standard_cost__isnull=False)
    ids = list(places)
    for start in range(0, len(ids), _BATCH):
        for pk, cost in known.filter(pk__in=ids[start : start + _BATCH]).values_list("pk", "standard_cost"):
            costs[places[pk]] = scaled(cost, PRICE_DECIMALS) if cost is not None else NO_COST
    return costs
