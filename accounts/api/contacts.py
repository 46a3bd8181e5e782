"""Contacts: listed, read, created, changed, deleted."""

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema

from accounts.api.examples import shown
from accounts.api.serializers import ContactChangeSerializer, ContactQuery, ContactSerializer
from accounts.constants import Door
from accounts.models import Contact
from accounts.services import contacts, reads
from users.api import calls
from users.api.requests import ApiRequest
from users.api.serializers import chosen_fields, read_query
from users.api.views import ApiViewSet, no_parameters, not_modified, page_answer, read_fields, row_answer
from users.models import User


class ContactViewSet(ApiViewSet):
    """Contacts of customers within the caller's reach."""

    @extend_schema(
        tags=["contacts"], summary="List contacts", parameters=[ContactQuery], responses=ContactSerializer(many=True)
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """Contacts by id or by moment of change."""
        query = read_query(ContactQuery, request.query_params)
        rows = Contact.objects.visible_to(request.user)
        if query["q"]:
            rows = rows.matching(query["q"])
        wanted = {"customer_id": query["customer_id"], "updated_at__gte": query["updated_since"]}
        rows = rows.filter(**{name: value for name, value in wanted.items() if value is not None})
        answer, found = page_answer(rows, query, ContactSerializer)
        reads.note(by=request.user, customer_ids={row.customer_id for row in found}, door=Door.API)
        return answer

    @extend_schema(tags=["contacts"], summary="Read a contact", responses=ContactSerializer)
    def retrieve(self, request: ApiRequest, contact_id: int) -> HttpResponse:
        """One contact, with its version as ETag."""
        only = chosen_fields(ContactSerializer, read_fields(request))
        row = Contact.objects.visible_to(request.user).get(pk=contact_id)
        reads.note(by=request.user, customer_ids=[row.customer_id], door=Door.API)
        if calls.is_known(request, row.version):
            return not_modified(row.version)
        return row_answer(row, ContactSerializer, only=only)

    @extend_schema(
        tags=["contacts"],
        summary="Create a contact",
        request=ContactSerializer,
        responses={201: ContactSerializer},
        examples=shown("contact_create"),
    )
    @calls.writing
    def create(self, request: ApiRequest) -> HttpResponse:
        """A new person at a customer."""
        no_parameters(request)
        said = self.body(request, ContactSerializer)
        row = contacts.create(customer_id=said.pop("customer_id"), values=said, by=request.user)
        return row_answer(row, ContactSerializer, status=201, location=reverse("api:contact", args=[row.pk]))

    @extend_schema(
        tags=["contacts"], summary="Replace a contact", request=ContactChangeSerializer, responses=ContactSerializer
    )
    @calls.writing
    def update(self, request: ApiRequest, contact_id: int) -> HttpResponse:
        """All fields; what isn't said becomes empty."""
        return self._change(request, contact_id, partial=False)

    @extend_schema(
        tags=["contacts"], summary="Change a contact", request=ContactChangeSerializer, responses=ContactSerializer
    )
    @calls.writing
    def partial_update(self, request: ApiRequest, contact_id: int) -> HttpResponse:
        """Only the fields that are said."""
        return self._change(request, contact_id, partial=True)

    @extend_schema(tags=["contacts"], summary="Delete a contact", responses={204: None})
    @calls.writing
    def destroy(self, request: ApiRequest, contact_id: int) -> HttpResponse:
        """The change log keeps what was known."""
        no_parameters(request)
        calls.require_version(request, _locked(request.user, contact_id).version)
        contacts.delete(contact_id=contact_id, by=request.user)
        return HttpResponse(status=204)

    def _change(self, request: ApiRequest, contact_id: int, *, partial: bool) -> HttpResponse:
        no_parameters(request)
        row = _locked(request.user, contact_id)
        calls.require_version(request, row.version)
        said = self.body(request, ContactChangeSerializer, partial=partial)
        row = contacts.update(contact_id=contact_id, values=said, version=row.version, by=request.user)
        return row_answer(row, ContactSerializer)


def _locked(user: User, contact_id: int) -> Contact:
    rows = Contact.objects.visible_to(user).select_for_update(no_key=True, of=("self",))
    return rows.get(pk=contact_id)
