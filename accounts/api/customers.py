"""Customers: listed, read, created, changed, handed over, moved through their life cycle."""

from collections.abc import Collection, Sequence
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema

from accounts.api import filters
from accounts.api.examples import shown
from accounts.api.serializers import (
    CustomerChangeSerializer,
    CustomerQuery,
    CustomerSerializer,
    OwnerSerializer,
    ProposalSerializer,
    StageSerializer,
)
from accounts.constants import Door, LifeCycle
from accounts.models import Customer
from accounts.queries import redirects
from accounts.services import customers, facts, handover, life_cycle, pointers, reads
from accounts.services.customers import NewCustomer
from users.api import calls, external
from users.api.requests import ApiRequest
from users.api.serializers import chosen_fields
from users.api.views import ApiViewSet, no_parameters, not_modified, page_answer, read_fields, row_answer
from users.models import User
from users.services import external_ids

RESOURCE = "customer"


class CustomerViewSet(ApiViewSet):
    """Customers within the caller's reach."""

    @extend_schema(
        tags=["customers"],
        summary="List customers",
        parameters=[CustomerQuery],
        responses=CustomerSerializer(many=True),
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """Customers by id or by moment of change. Filters of the page and of measures can be added."""
        query, rows = filters.customers(request)
        answer, found = page_answer(rows, query, CustomerSerializer, prepare=_name_all)
        reads.note(by=request.user, customer_ids=[row.pk for row in found], door=Door.API)
        return answer

    @extend_schema(tags=["customers"], summary="Read a customer", responses=CustomerSerializer)
    def retrieve(self, request: ApiRequest, customer_id: int) -> HttpResponse:
        """One customer, with its version as ETag."""
        return _shown(request, visible(request.user, customer_id))

    @extend_schema(
        tags=["customers"],
        summary="Create a customer",
        request=CustomerSerializer,
        responses={201: CustomerSerializer},
        examples=shown("customer_create"),
    )
    @calls.writing
    def create(self, request: ApiRequest) -> HttpResponse:
        """A new customer. Without a code it gets one."""
        no_parameters(request)
        return _created(self.body(request, CustomerSerializer), request.user)

    @extend_schema(
        tags=["customers"],
        summary="Replace a customer",
        request=CustomerChangeSerializer,
        responses=CustomerSerializer,
    )
    @calls.writing
    def update(self, request: ApiRequest, customer_id: int) -> HttpResponse:
        """All fields; what isn't said becomes empty."""
        return self._change(request, customer_id, partial=False)

    @extend_schema(
        tags=["customers"],
        summary="Change a customer",
        request=CustomerChangeSerializer,
        responses=CustomerSerializer,
        examples=shown("customer_change"),
    )
    @calls.writing
    def partial_update(self, request: ApiRequest, customer_id: int) -> HttpResponse:
        """Only the fields that are said."""
        return self._change(request, customer_id, partial=True)

    @extend_schema(
        tags=["customers"],
        summary="Move a customer to a stage",
        request=StageSerializer,
        responses=CustomerSerializer,
        extensions={"x-takes-version": True},
    )
    @calls.writing
    def stage(self, request: ApiRequest, customer_id: int) -> HttpResponse:
        """A dated step of the life cycle."""
        no_parameters(request)
        calls.require_version(request, locked(request.user, customer_id).version, optional=True)
        said = self.body(request, StageSerializer)
        life_cycle.move(
            customer_ids=[customer_id], to=LifeCycle(said["life_cycle"]), reason=said["reason"], by=request.user
        )
        return _answered(visible(request.user, customer_id))

    @extend_schema(
        tags=["customers"],
        summary="Hand a customer over",
        request=OwnerSerializer,
        responses=CustomerSerializer,
        extensions={"x-takes-version": True},
    )
    @calls.writing
    def owner(self, request: ApiRequest, customer_id: int) -> HttpResponse:
        """Another owner or department. Out of the caller's reach afterwards, the answer is empty (204)."""
        no_parameters(request)
        calls.require_version(request, locked(request.user, customer_id).version, optional=True)
        said = self.body(request, OwnerSerializer)
        handover.reassign(
            customer_ids=[customer_id],
            owner_id=said["owner_id"],
            department_id=said["department_id"],
            by=request.user,
        )
        row = Customer.objects.visible_to(request.user).filter(pk=customer_id).first()
        return _answered(row) if row else HttpResponse(status=204)

    @extend_schema(
        tags=["customers"],
        operation_id="customers_proposals_create",
        summary="Propose a change of a customer",
        request=CustomerChangeSerializer,
        responses={202: ProposalSerializer},
    )
    @calls.writing
    def propose(self, request: ApiRequest, customer_id: int) -> HttpResponse:
        """For those who may not change it: its keeper accepts or refuses each field."""
        no_parameters(request)
        row = visible(request.user, customer_id)
        said = self.body(request, CustomerChangeSerializer, partial=True)
        pointers.check(said, by=request.user)
        made = facts.propose(customer_id=row.pk, values=said, by=request.user)
        return calls.json_answer({"proposals": [fact.pk for fact in made]}, status=202)

    @extend_schema(
        tags=["customers"],
        operation_id="customers_by_external_retrieve",
        summary="Read a customer by its external id",
        responses=CustomerSerializer,
    )
    def retrieve_external(self, request: ApiRequest, source: str, external_id: str) -> HttpResponse:
        """The customer that a system calls so."""
        found = external_ids.find(resource=RESOURCE, **external.clean(source, external_id))
        if found is None:
            raise Http404
        return _shown(request, visible(request.user, _present(found)))

    @extend_schema(
        tags=["customers"],
        operation_id="customers_by_external_update",
        summary="Create or change a customer by its external id",
        request=CustomerSerializer,
        responses={200: CustomerSerializer, 201: CustomerSerializer},
        examples=shown("customer_upsert"),
    )
    @calls.writing
    def upsert(self, request: ApiRequest, source: str, external_id: str) -> HttpResponse:
        """Creates it the first time; later changes the fields that are said. If-Match is optional."""
        no_parameters(request)
        name = external.clean(source, external_id)
        found = external_ids.claim(resource=RESOURCE, **name)
        if found is not None:
            return self._change(request, _present(found), partial=True, optional=True)
        return _created(self.body(request, CustomerSerializer), request.user, name=name)

    def _change(self, request: ApiRequest, customer_id: int, *, partial: bool, optional: bool = False) -> HttpResponse:
        no_parameters(request)
        row = locked(request.user, customer_id)
        calls.require_version(request, row.version, optional=optional)
        said = self.body(request, CustomerChangeSerializer, partial=partial)
        pointers.check(said, by=request.user)
        customers.update(customer_id=row.pk, values=said, version=row.version, by=request.user)
        return _answered(visible(request.user, row.pk))


def _present(customer_id: int) -> int:
    """The customer, or the one it was merged into."""
    return redirects.survivors([customer_id]).get(customer_id, customer_id)


def visible(user: User, customer_id: int) -> Customer:
    """A customer within the caller's scope. Raises Customer.DoesNotExist."""
    return Customer.objects.visible_to(user).get(pk=customer_id)


def locked(user: User, customer_id: int) -> Customer:
    """The same, locked until the transaction ends: nobody changes it between the question and the write."""
    return Customer.objects.visible_to(user).select_for_update(no_key=True, of=("self",)).get(pk=customer_id)


def _created(said: dict[str, Any], by: User, *, name: dict[str, str] | None = None) -> HttpResponse:
    pointers.check(said, by=by)
    row = customers.create(new=NewCustomer(**said), by=by)
    if name is not None:
        external_ids.bind(resource=RESOURCE, object_id=row.pk, **name)
    _name_all([row], None)
    location = reverse("api:customer", args=[row.pk])
    return row_answer(row, CustomerSerializer, status=201, location=location)


def _shown(request: ApiRequest, row: Customer) -> HttpResponse:
    only = chosen_fields(CustomerSerializer, read_fields(request))
    reads.note(by=request.user, customer_ids=[row.pk], door=Door.API)
    if calls.is_known(request, row.version):
        return not_modified(row.version)
    _name_all([row], only)
    return row_answer(row, CustomerSerializer, only=only)


def _answered(row: Customer) -> HttpResponse:
    _name_all([row], None)
    return row_answer(row, CustomerSerializer)


def _name_all(rows: Sequence[Any], only: Collection[str] | None) -> None:
    """Fetch what other systems call these customers, if it is asked for."""
    if only is not None and "external_ids" not in only:
        return
    found = external_ids.of(resource=RESOURCE, object_ids=[row.pk for row in rows])
    for row in rows:
        row.known_as = found.get(row.pk, [])
