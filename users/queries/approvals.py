"""Reading approvals: which a user may see, which wait for them."""

from django.db.models import Q, QuerySet

from users.constants import ApprovalState, StepState
from users.models import Approval, Delegation, User
from users.queries import approvers, departments, scope
from users.roles import Permission, Reach

COUNT_CAP = 100


def visible_to(user: User) -> QuerySet[Approval]:
    """The approvals a user may see: their own, and those they decide, decided or oversee, of customers in scope."""
    involved = _concerns(_places(user)) | Q(steps__decided_by=user)
    if user.may(Permission.APPROVAL_VIEW):
        involved |= _overseen(user)
    ids = Approval.objects.filter(involved).values("pk")
    return Approval.objects.filter(Q(asked_by=user) | (Q(pk__in=ids) & scope.of_customers_or_none(user)))


def to_decide(user: User) -> QuerySet[Approval]:
    """What waits for a user's decision, in their own or another's place."""
    waiting = Q(state=ApprovalState.OPEN, steps__state=StepState.OPEN) & _concerns(_places(user))
    ids = Approval.objects.filter(waiting).exclude(asked_by=user).values("pk")
    return Approval.objects.filter(pk__in=ids).filter(scope.of_customers_or_none(user))


def to_decide_count(user: User) -> int:
    """How many wait for a user, counted up to a cap."""
    return to_decide(user).order_by()[:COUNT_CAP].count()


def asked_by(user: User) -> QuerySet[Approval]:
    """What a user asked for."""
    return Approval.objects.filter(asked_by=user)


def customer_is_visible(approval: Approval, user: User) -> bool:
    """Whether the customer an approval concerns is in the user's scope; true if it concerns none."""
    if approval.customer_id is None:
        return True
    return Approval.objects.filter(scope.of_customers(user), pk=approval.pk).exists()


def delegation_of(user: User) -> Delegation | None:
    """To whom a user has given their approvals, if the delegation is in force."""
    return approvers.delegations().filter(giver=user).select_related("taker").first()


def _places(user: User) -> list[int]:
    return [user.pk, *(giver.pk for giver in approvers.givers_to(user))]


def _concerns(ids: list[int]) -> Q:
    return Q(steps__approver_ids__overlap=ids)


def _overseen(user: User) -> Q:
    """All for who reaches the whole company; of managers, what is asked below them or about their customers."""
    if user.reach is Reach.ALL:
        return Q()
    below = departments.subtree_ids(user.department_id) if user.department_id else ()
    return Q(asked_by__department_id__in=below) | scope.of_customers(user)
