"""Tiers: as they are now, and as they were."""

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers

from accounts.constants import Door
from accounts.models import Customer
from accounts.services import reads
from segmentation.api.serializers import TierSerializer, TierStepSerializer
from segmentation.constants import Grade
from segmentation.models import Standing, TierHistory
from users.api.people import ByIdQuery
from users.api.requests import ApiRequest
from users.api.serializers import Id, read_query
from users.api.views import ApiViewSet, page_answer


class TierQuery(ByIdQuery):
    """A list of tiers, by customer."""

    grade = serializers.MultipleChoiceField(choices=Grade.choices, default=set)


class StepQuery(ByIdQuery):
    """A list of steps between tiers."""

    customer_id = Id(default=None)


class TierViewSet(ApiViewSet):
    """Tiers of customers within the caller's reach."""

    @extend_schema(tags=["tiers"], summary="List tiers", parameters=[TierQuery], responses=TierSerializer(many=True))
    def list(self, request: ApiRequest) -> HttpResponse:
        """The tier of each customer now."""
        query = read_query(TierQuery, request.query_params)
        rows = Standing.objects.visible_to(request.user)
        if query["grade"]:
            rows = rows.filter(grade__in=sorted(query["grade"]))
        answer, found = page_answer(rows, query, TierSerializer)
        reads.note(by=request.user, customer_ids=[row.customer_id for row in found], door=Door.API)
        return answer

    @extend_schema(
        tags=["tiers"],
        operation_id="tier_history_list",
        summary="List the history of tiers",
        parameters=[StepQuery],
        responses=TierStepSerializer(many=True),
    )
    def history(self, request: ApiRequest) -> HttpResponse:
        """Which customer was in which tier from when to when."""
        query = read_query(StepQuery, request.query_params)
        rows = TierHistory.objects.visible_to(request.user)
        if query["customer_id"] is not None:
            rows = rows.filter(customer=Customer.objects.visible_to(request.user).get(pk=query["customer_id"]))
        answer, found = page_answer(rows, query, TierStepSerializer)
        reads.note(by=request.user, customer_ids={row.customer_id for row in found}, door=Door.API)
        return answer
