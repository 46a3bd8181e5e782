"""Moving a customer in its group without ever closing a circle."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from accounts.models import Customer
from accounts.queries import groups


def claim_parent(*, customer_id: int, parent_id: int | None) -> None:
    """Make sure that `parent_id` may become the parent, and that it stays so until the transaction ends.

    Locks the customer and the heads of both groups in the order of their ids, so that two editors who
    would close a circle between them come one after the other. Raises ValidationError for a circle.
    Call it inside the transaction that writes the parent.
    """
    held: set[int] = set()
    while not (wanted := _to_lock(customer_id, parent_id)) <= held:
        # The heads may have changed while we waited; then lock the new ones too.
        held |= wanted
        list(Customer.objects.select_for_update(no_key=True).filter(pk__in=held).order_by("pk").values_list("pk"))
    if parent_id is not None and customer_id in groups.chain_up(parent_id):
        raise ValidationError({"parent_id": _circle_message(customer_id, parent_id)})


def _to_lock(customer_id: int, parent_id: int | None) -> set[int]:
    heads = {groups.chain_up(pk)[-1] for pk in (customer_id, parent_id) if pk is not None}
    return heads | {customer_id}


def _circle_message(customer_id: int, parent_id: int) -> str:
    names = {row.pk: str(row) for row in Customer.objects.filter(pk__in=[customer_id, parent_id])}
    if customer_id == parent_id:
        return _("A company can't be its own parent.")
    return _("%(parent)s already belongs under %(child)s, so this would close a circle.") % {
        "parent": names[parent_id],
        "child": names[customer_id],
    }
