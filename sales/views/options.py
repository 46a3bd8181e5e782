"""Answers for fields that are filled in by typing."""

from django.http import JsonResponse
from django.utils.translation import gettext as _

from sales.queries import products
from users.requests import UserRequest

_MOST = 20


def product_options(request: UserRequest) -> JsonResponse:
    """Products on sale that match what is typed, with what a line takes over from them."""
    given = request.GET.get("limit", "")
    limit = min(max(int(given), 1), _MOST) if given.isascii() and given.isdigit() and len(given) < 4 else _MOST
    rows = products.products_named(request.GET.get("q", ""), limit=limit)
    results = [
        {
            "value": str(row.pk),
            "label": f"{row.code} {row.name}",
            "sub": row.unit,
            "price": "" if row.list_price is None else f"{row.list_price.normalize():f}",
        }
        for row in rows
    ]
    return JsonResponse({"results": results, "none": _("No product on sale matches; describe it instead.")})
