"""The filters of customer lists, as a program gives them: the page's, but said strictly."""

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.api.serializers import CustomerQuery
from accounts.measures import MeasureKind, measures
from accounts.models import Customer
from accounts.queries import filters
from accounts.queries.filter_fields import FIELDS, NONE, fields_for
from users.api.problems import Problem, parameter_fault
from users.api.requests import ApiRequest
from users.api.serializers import read_query
from users.models import User

_ENDS = (".min", ".max")


def customers(request: ApiRequest) -> tuple[dict[str, Any], QuerySet[Customer]]:
    """The query of a list and the customers it asks for. Raises Problem naming each parameter that doesn't fit."""
    own, others = QueryDict(mutable=True), QueryDict(mutable=True)
    known = fields_for(request.user)
    for name, values in request.query_params.lists():
        base = name[:-4] if name.endswith(_ENDS) else name
        (others if base in known else own).setlist(name, values)
    query = read_query(CustomerQuery, own)
    rows = filters.apply(Customer.objects.visible_to(request.user), request.user, _strictly(request.user, others))
    if query["q"]:
        rows = rows.matching(query["q"])  # type: ignore[attr-defined]
    wanted = {"code": query["code"], "tax_number": query["tax_number"], "updated_at__gte": query["updated_since"]}
    return query, rows.filter(**{name: value for name, value in wanted.items() if value not in ("", None)})


def _strictly(user: User, given: QueryDict) -> filters.Filters:
    """The conditions, none of them dropped for making no sense."""
    params = {name: [str(value) for value in values] for name, values in given.lists()}
    found = filters.parse(user, params)
    kept: dict[str, set[str]] = {}
    for name, value in found.params():
        kept.setdefault(name, set()).add(value)
    faults = [
        parameter_fault(name, _("“%(value)s” doesn't fit here.") % {"value": value[:60]})
        for name, values in params.items()
        for value in values
        if value.strip() not in kept.get(name, ())
    ]
    if faults:
        raise Problem("invalid", errors=faults)
    return found


def described() -> list[dict[str, Any]]:
    """The filters as OpenAPI parameters."""
    found = [_parameter(field.code, str(field.label), sorted(field.values or ())) for field in FIELDS if field.apply]
    for field in FIELDS:
        if not field.apply:
            found += _ends(field.code, str(field.label), "date")
    for one in measures:
        if one.kind is MeasureKind.GRADE:
            grades = [value for value, _label in one.grades]
            found.append(_parameter(one.code, str(one.label), [*grades, NONE]))
        else:
            found += _ends(one.code, str(one.label), "date" if one.kind is MeasureKind.DATE else "decimal")
    return found


def _parameter(name: str, label: str, values: list[str]) -> dict[str, Any]:
    items: dict[str, Any] = {"type": "string"} | ({"enum": values} if values else {})
    text = f"{label}; several are joined by or. `{NONE}` finds those without one."
    return {"name": name, "in": "query", "schema": {"type": "array", "items": items}, "description": text}


def _ends(name: str, label: str, shape: str) -> list[dict[str, Any]]:
    schema = {"type": "string", "format": shape}
    words = ((".min", "from"), (".max", "up to"))
    return [
        {"name": name + end, "in": "query", "schema": schema, "description": f"{label}, {word} (included)."}
        for end, word in words
    ]
