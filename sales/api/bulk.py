"""Many orders in one call: each read, judged and answered for itself, written together."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rest_framework import serializers

from sales.api import reading
from sales.api.serializers import OrderSerializer
from sales.errors import NumberTaken
from sales.models import Order
from sales.services import order_batches
from sales.services.order_rules import OrderInput
from users.api import problems
from users.api.problems import Problem
from users.constants import Cause
from users.models import User


def create(given: Sequence[Any], *, by: User, keep: bool) -> dict[str, Any]:
    """Create the orders that fit; the answer has a row for each. With `keep` those that exist stay and count as kept.

    A fixed number of statements, whatever their number, as `order_batches.create_each`.
    """
    results: dict[int, dict[str, Any]] = {}
    new = _read(given, by, results)
    made = order_batches.create_each(new=list(new.values()), by=by, cause=Cause.API)
    taken: dict[int, OrderInput] = {}
    for (place, row), outcome in zip(new.items(), made, strict=True):
        if isinstance(outcome, Order):
            results[place] = _row(201, order_id=outcome.pk, number=outcome.number)
        elif keep and isinstance(outcome, NumberTaken):
            taken[place] = row
        else:
            results[place] = _refused(outcome)
    _keep(taken, by, results)
    counts = Counter(row["status"] for row in results.values())
    return {
        "created": counts[201],
        "kept": counts[200],
        "failed": len(given) - counts[201] - counts[200],
        "results": [{"index": place} | results[place] for place in range(len(given))],
    }


def _read(given: Sequence[Any], by: User, results: dict[int, dict[str, Any]]) -> dict[int, OrderInput]:
    """The orders that can be read, by place; for the others what is wrong."""
    serializer = OrderSerializer()
    said: dict[int, Mapping[str, Any]] = {}
    for place, row in enumerate(given):
        try:
            said[place] = serializer.run_validation(row)
        except serializers.ValidationError as error:
            results[place] = _refused(error)
    names = reading.Names(list(said.values()), by)
    found: dict[int, OrderInput] = {}
    for place, values in said.items():
        new, faults = reading.order_input(values, names)
        if new is None:
            results[place] = _refused(Problem("invalid", errors=faults))
        else:
            found[place] = new
    return found


def _keep(taken: Mapping[int, OrderInput], by: User, results: dict[int, dict[str, Any]]) -> None:
    """Answer with the orders that have these numbers already, as far as the caller sees them."""
    wanted = {row.number for row in taken.values()}
    rows = Order.objects.visible_to(by).filter(number__in=wanted) if wanted else Order.objects.none()
    ids = {(source, number): pk for source, number, pk in rows.values_list("source", "number", "pk")}
    for place, row in taken.items():
        pk = ids.get((row.source, " ".join(row.number.split())))
        if pk is None:
            results[place] = _refused(NumberTaken({"number": str(problems.TITLES["conflict"][1])}))
        else:
            results[place] = _row(200, order_id=pk, number=row.number)


def _refused(error: Exception) -> dict[str, Any]:
    problem = problems.of(error)
    if problem is None:
        raise error
    return _row(problem.status, problem=problem.document())


def _row(
    status: int, *, order_id: int | None = None, number: str | None = None, problem: dict[str, Any] | None = None
) -> dict[str, Any]:
    return {"status": status, "id": order_id, "number": number, "problem": problem}
