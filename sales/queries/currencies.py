"""The currencies in use."""

from django.conf import settings

from sales.constants import COMMON_CURRENCIES
from sales.models import ExchangeRate


def codes() -> list[str]:
    """The base currency, those with a rate, then the common ones."""
    rated = ExchangeRate.objects.order_by("currency").values_list("currency", flat=True).distinct()
    return list(dict.fromkeys([settings.BASE_CURRENCY, *rated, *COMMON_CURRENCIES]))
