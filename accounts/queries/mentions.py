"""Where a person is named in free texts of their customer: a person has to look, a program can't tell."""

from django.db.models import Model, Q, TextField
from django.db.models.functions import Cast

from accounts.models import Contact, Customer, Fact
from accounts.registry import Person
from users.models import Approval, Change


def of(person: Person) -> list[tuple[str, int]]:
    """Kinds of rows whose texts name the person, with how many; what an erasure empties itself is left out."""
    own = Q(model=Contact._meta.label_lower, object_id=person.contact_id) | Q(model=Fact._meta.label_lower)
    places: list[tuple[type[Model], str, Q]] = [
        (Customer, "note", Q(pk=person.customer_id)),
        (Contact, "note", Q(customer_id=person.customer_id) & ~Q(pk=person.contact_id)),
        (Fact, "note", Q(customer_id=person.customer_id, contact=None)),
        (Approval, "reason", Q(customer_id=person.customer_id)),
        (Change, "after", Q(customer_id=person.customer_id) & ~own),
    ]
    found: list[tuple[str, int]] = []
    for model, column, where in places:
        texts = Q(pk__in=[])
        for word in (*person.names, *person.marks):
            texts |= Q(text__icontains=word)
        rows = model._default_manager.annotate(text=Cast(column, TextField())).filter(where & texts)
        if count := rows.count():
            found.append((str(model._meta.verbose_name_plural or column), count))
    return found
