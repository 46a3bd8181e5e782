"""Reading what possible duplicates are compared by, and the pairs that were found."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Count, QuerySet
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.constants import Match
from accounts.core import duplicates
from accounts.core.duplicates import Comparison, Kind, Profile
from accounts.models import Contact, Customer, DuplicateKey, DuplicatePair
from accounts.parameters import DUPLICATES, DuplicateRules
from crm.lib import dates, display
from users.models import User
from users.queries import parameters

# What changed since the last search is read afresh when somebody creates a customer, up to so many.
FRESH = 300
MOST_ALIKE = 5
# Values longer than the column are cut: what they begin with brings them together as well.
KEY_LENGTH = 120


@dataclass(frozen=True)
class Alike:
    """A customer that looks like one about to be created."""

    customer: Customer
    score: int
    reasons: tuple[str, ...]


def rules() -> tuple[DuplicateRules, int]:
    """The parameters in force today, and their version."""
    found = parameters.in_force(DUPLICATES.code, on=dates.today())
    return found.values, found.version


def profiles(customer_ids: Iterable[int]) -> dict[int, Profile]:
    """What customers are compared by, from what stands in them and their contacts now. Two queries."""
    ids = list(customer_ids)
    phones: dict[int, list[str]] = {}
    mails: dict[int, list[str]] = {}
    people = Contact.objects.filter(customer_id__in=ids).order_by()
    for customer_id, mobile, phone, email in people.values_list("customer_id", "mobile", "phone", "email"):
        phones.setdefault(customer_id, []).extend((mobile, phone))
        mails.setdefault(customer_id, []).append(email)
    rows = Customer.objects.filter(pk__in=ids).order_by()
    return {
        pk: duplicates.profile_of(
            names=[name, *former],
            tax_number=tax,
            phones=phones.get(pk, ()),
            addresses=[website, *mails.get(pk, ())],
            country=country,
            family=(pk, parent_id),
        )
        for pk, name, former, tax, website, country, parent_id in rows.values_list(
            "pk", "name", "former_names", "tax_number", "website", "country", "parent_id"
        )
    }


def profile_of_new(
    *, names: Iterable[str], tax_number: str, website: str, country: str, parent_id: int | None
) -> Profile:
    """The profile of a customer that isn't there yet."""
    return duplicates.profile_of(
        names=names, tax_number=tax_number, addresses=[website], country=country, family=[parent_id]
    )


def sharing(keys: Iterable[tuple[Kind, str]], *, most: int) -> set[int]:
    """The customers that share one of the keys, leaving out keys that more than `most` share."""
    wanted = sorted((kind.value, value[:KEY_LENGTH]) for kind, value in keys)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT array_agg(k.customer_id) FROM unnest(%s::text[], %s::text[]) AS wanted (kind, value)"
            " JOIN accounts_duplicatekey k ON k.kind = wanted.kind AND k.value = wanted.value"
            " GROUP BY k.kind, k.value HAVING count(*) <= %s",
            [[kind for kind, _value in wanted], [value for _kind, value in wanted], most],
        )
        return {pk for (ids,) in cursor.fetchall() for pk in ids}


def common(keys: Iterable[tuple[Kind, str]] | None, *, most: int) -> set[tuple[Kind, str]]:
    """The keys that more than `most` customers share: among those given, or of all (None)."""
    rows = DuplicateKey.objects.exclude(kind=Kind.PIECE)
    if keys is not None:
        wanted = list(keys)
        rows = rows.filter(kind__in={kind for kind, _value in wanted}, value__in={value for _kind, value in wanted})
    counted = rows.order_by().values("kind", "value").annotate(n=Count("customer_id")).filter(n__gt=most)
    return {(Kind(kind), value) for kind, value, _n in counted.values_list("kind", "value", "n")}


def fresh_ids(since: dt.datetime | None) -> list[int]:
    """Customers written since the keys were, the latest first, a few hundred at most."""
    rows = Customer.objects.order_by("-updated_at", "-id")
    if since is not None:
        rows = rows.filter(updated_at__gte=since)
    return list(rows.values_list("pk", flat=True)[:FRESH])


def alike(user: User, profile: Profile, *, since: dt.datetime | None) -> tuple[list[Alike], dict[int, Match]]:
    """Customers that the rules take for the one described: those the user sees, the surest first, and others by id.

    Of those outside the scope only the same tax number, phone or whole name counts: what may be told of them is
    the archive rule's matter.
    """
    values, _version = rules()
    rule = duplicates.parse(values.rule)
    keys = duplicates.keys_of(profile, with_pieces=Kind.PIECE in rule.blocks())
    ids = sharing(keys, most=values.most_sharing) | set(fresh_ids(since))
    plain = duplicates.without(profile, common(keys, most=values.most_sharing))
    found = {pk: duplicates.compare(plain, other) for pk, other in profiles(ids).items()}
    seen = Customer.objects.visible_to(user).filter(pk__in=list(found)).select_related("owner").in_bulk()
    shown = [
        Alike(seen[pk], duplicates.score(one, values.weights), reasons(one))
        for pk, one in found.items()
        if pk in seen and rule.holds(one)
    ]
    hidden = {pk: match for pk, one in found.items() if pk not in seen and (match := _exact(one))}
    return sorted(shown, key=lambda one: (-one.score, one.customer.pk))[:MOST_ALIKE], hidden


def _exact(found: Comparison) -> Match | None:
    if found.same_tax:
        return Match.TAX_NUMBER
    if found.phones:
        return Match.PHONE
    return Match.NAME if found.similarity >= 1 else None


def reasons(found: Comparison) -> tuple[str, ...]:
    """What two records have in common, in words."""
    return worded(evidence_of(found))


def evidence_of(found: Comparison) -> dict[str, Any]:
    """A comparison as it is stored with a pair."""
    facts: dict[str, Any] = {"similarity": round(found.similarity, 4), "tax": found.same_tax}
    facts |= {"phones": list(found.phones), "domains": list(found.domains)}
    return facts | {"taxes_differ": found.taxes_differ, "kin": found.kin}


def worded(facts: dict[str, Any]) -> tuple[str, ...]:
    """Stored evidence in words, in the reader's language."""
    language = get_language() or "en"
    said = []
    if facts.get("tax"):
        said.append(_("Same tax number %(number)s") % {"number": facts["tax"]})
    similarity = facts.get("similarity", 0)
    if similarity >= 1:
        said.append(_("Same name, apart from the company form"))
    elif similarity >= duplicates.LEAST_SIMILARITY:
        said.append(_("Names alike to %(share)s") % {"share": display.percent(similarity, 0)})
    if facts.get("phones"):
        numbers = [number.partition(":")[2] for number in facts["phones"]]
        said.append(_("Same phone %(numbers)s") % {"numbers": display.listed(numbers, language=language)})
    if facts.get("domains"):
        said.append(_("Same domain %(domains)s") % {"domains": display.listed(facts["domains"], language=language)})
    if facts.get("taxes_differ"):
        said.append(_("But their tax numbers differ"))
    if facts.get("kin"):
        said.append(_("They belong to one group"))
    return tuple(said)


def digest_of(one: Profile, other: Profile) -> str:
    """What a pair was judged by: changes if anything that counts changes in either record."""
    return one.digest + other.digest


def ids_with_contacts_since(since: dt.datetime) -> Sequence[int]:
    """Customers of whom a contact was written since."""
    return list(Contact.objects.filter(updated_at__gte=since).order_by().values_list("customer_id", flat=True))


def pairs(user: User, *, state: str, least: int = 0) -> QuerySet[DuplicatePair]:
    """Pairs of which the user sees both records, the surest first."""
    rows = DuplicatePair.objects.visible_to(user).filter(state=state, score__gte=least)
    named = ("low__owner", "high__owner", "low__department", "high__department", "decided_by")
    return rows.select_related(*named).defer(*_HEAVY).order_by("-score", "id")


_HEAVY = tuple(f"{side}__{name}" for side in ("low", "high") for name in ("search_text", "search_grams", "note"))
