"""The currencies in use."""

from django.conf import settings

from sales.constants import COMMON_CURRENCIES
from sales.queries.rates import rated_currencies


def codes() -> list[str]:
    """The base currency, those with a rate, then the common ones."""
    return list(dict.fromkeys([settings.BASE_CURRENCY, *rated_currencies(), *COMMON_CURRENCIES]))
