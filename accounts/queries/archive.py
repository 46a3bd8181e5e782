"""The archive rule: outside the scope only an exact mark tells that a customer is on record.

Nothing here looks for parts of a name or for pinyin: what is compared is whole and equal.
"""

from dataclasses import dataclass

from django.db.models.functions import Lower

from accounts.constants import Match
from accounts.models import Contact, Customer
from crm.lib.search import normalise, query_grams

# More customers than these are never named for one question, such as a switchboard's number.
MOST = 3
_SHORTEST_PHONE = 7
_COUNTRY = "86"


@dataclass(frozen=True)
class Exact:
    """A customer that an exact mark found, and which."""

    customer: Customer
    match: Match


def exact(query: str) -> list[Exact]:
    """The customers with this very code, tax number, phone or full name, whoever owns them. Four small queries."""
    text = " ".join(query.replace("\x00", "").split())[:200]
    if not text:
        return []
    found: dict[int, Exact] = {}
    for match, rows in (
        (Match.CODE, Customer.objects.filter(code__in={text, text.upper()})),
        (Match.TAX_NUMBER, Customer.objects.exclude(tax_number="").filter(tax_number__in={text, text.upper()})),
        (Match.NAME, Customer.objects.alias(low=Lower("name")).filter(low__in={text.lower(), normalise(text)})),
        (Match.PHONE, Customer.objects.filter(pk__in=_with_phone(text))),
    ):
        for row in rows.order_by("id")[:MOST]:
            found.setdefault(row.pk, Exact(row, match))
    return list(found.values())[:MOST]


def masked(customer: Customer) -> str:
    """A name that tells no more than its first character."""
    return f"{customer.name[:1]}＊＊＊"


def _with_phone(text: str) -> list[int]:
    """Customers of contacts with this very number, however it is punctuated, with or without the country."""
    plain = "".join(char for char in text if char not in " +-()")
    number = _digits(text)
    if not plain.isascii() or not plain.isdigit() or len(number) < _SHORTEST_PHONE:
        return []
    rows = Contact.objects.filter(search_grams__contains=query_grams(number), search_text__contains=number)
    pairs = rows.order_by("id").values_list("customer_id", "mobile", "phone")[:200]
    return [pk for pk, *numbers in pairs if number in {_digits(one) for one in numbers}]


def _digits(text: str) -> str:
    digits = "".join(char for char in text if char in "0123456789")
    return digits.removeprefix(_COUNTRY) if len(digits) > 11 else digits
