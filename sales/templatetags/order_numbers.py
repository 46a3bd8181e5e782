"""Quantities and prices as they were written, and amounts to a currency's last digit."""

from decimal import Decimal

from django import template

from crm.lib import display
from crm.lib.money import exponent

register = template.Library()


@register.filter
def exact(value: Decimal, least: int = 0) -> str:
    """A number with all its decimals but the zeros at the end; at least so many of them: 1,250.00, 0.335."""
    digits = -int(value.normalize().as_tuple().exponent)  # a whole number of hundreds has a positive exponent
    return display.number(value, max(digits, least, 0))


@register.filter
def digits(amount: Decimal, currency: str) -> str:
    """An amount to its currency's last digit, in a column whose head names the currency."""
    return display.number(amount, exponent(currency))
