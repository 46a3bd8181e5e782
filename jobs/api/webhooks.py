"""Webhooks: made and changed by the program they are for, their log, sending again.

Answers with a secret aren't kept for an `Idempotency-Key`: the secret would lie there readable.
"""

from typing import Any

from django.db.models import Prefetch
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema

from jobs.api.serializers import (
    DeliverySerializer,
    ReplayedSerializer,
    ReplaySerializer,
    WebhookSecretSerializer,
    WebhookSerializer,
)
from jobs.models import Delivery, DeliveryTry, Subscription
from jobs.services import webhooks
from jobs.services.webhooks import Wanted
from users.api import calls
from users.api.people import ByIdQuery
from users.api.problems import Problem
from users.api.requests import ApiRequest
from users.api.serializers import read_query
from users.api.views import ApiViewSet, no_parameters, page_answer
from users.models import User

_SAID = ("target", "description", "kinds", "is_active")


class WebhookViewSet(ApiViewSet):
    """Webhooks that tell in the caller's name; all of them for who administers the whole company."""

    @extend_schema(
        tags=["webhooks"], summary="List webhooks", parameters=[ByIdQuery], responses=WebhookSerializer(many=True)
    )
    def list(self, request: ApiRequest) -> HttpResponse:
        """The webhooks the caller sees."""
        rows = Subscription.objects.visible_to(_caller(request))
        return page_answer(rows, read_query(ByIdQuery, request.query_params), WebhookSerializer)[0]

    @extend_schema(tags=["webhooks"], summary="Read a webhook", responses=WebhookSerializer)
    def retrieve(self, request: ApiRequest, subscription_id: int) -> HttpResponse:
        """One webhook."""
        no_parameters(request)
        return calls.json_answer(WebhookSerializer(_visible(request, subscription_id)).data)

    @extend_schema(
        tags=["webhooks"],
        summary="Create a webhook",
        request=WebhookSerializer,
        responses={201: WebhookSecretSerializer},
    )
    def create(self, request: ApiRequest) -> HttpResponse:
        """A webhook with a fresh secret, shown in this answer alone."""
        no_parameters(request)
        _refuse_key(request)
        row = webhooks.subscribe(of=Wanted(**self.body(request, WebhookSerializer)), by=_caller(request))
        headers = {"Location": reverse("api:webhook", args=[row.pk])}
        return calls.json_answer(WebhookSecretSerializer(row).data, status=201, headers=headers)

    @extend_schema(
        tags=["webhooks"], summary="Change a webhook", request=WebhookSerializer, responses=WebhookSerializer
    )
    @calls.writing
    def partial_update(self, request: ApiRequest, subscription_id: int) -> HttpResponse:
        """Address, events, or whether it is told at all."""
        no_parameters(request)
        row = _visible(request, subscription_id)
        now: dict[str, Any] = {name: getattr(row, name) for name in _SAID}
        said = self.body(request, WebhookSerializer, partial=True)
        row = webhooks.update(subscription_id=row.pk, of=Wanted(**(now | said)), by=_caller(request))
        return calls.json_answer(WebhookSerializer(row).data)

    @extend_schema(tags=["webhooks"], summary="Remove a webhook", request=None, responses={204: None})
    @calls.writing
    def destroy(self, request: ApiRequest, subscription_id: int) -> HttpResponse:
        """Nothing is told any more, and the log is gone."""
        no_parameters(request)
        webhooks.unsubscribe(subscription_id=subscription_id, by=_caller(request))
        return calls.json_answer(None, status=204)

    @extend_schema(tags=["webhooks"], summary="Renew the secret", request=None, responses=WebhookSecretSerializer)
    def renew(self, request: ApiRequest, subscription_id: int) -> HttpResponse:
        """A fresh secret, shown in this answer alone; the one before signs beside it for a day."""
        no_parameters(request)
        _refuse_key(request)
        webhooks.renew_secret(subscription_id=subscription_id, by=_caller(request))
        return calls.json_answer(WebhookSecretSerializer(_visible(request, subscription_id)).data)

    @extend_schema(
        tags=["webhooks"], summary="Send again since a moment", request=ReplaySerializer, responses=ReplayedSerializer
    )
    @calls.writing
    def replay(self, request: ApiRequest, subscription_id: int) -> HttpResponse:
        """All events of its kinds since a moment, in their order, under the ids they had."""
        no_parameters(request)
        since = self.body(request, ReplaySerializer)["since"]
        count = webhooks.replay_since(subscription_id=subscription_id, since=since, by=_caller(request))
        return calls.json_answer({"count": count})

    @extend_schema(
        tags=["webhooks"],
        operation_id="webhook_deliveries_list",
        summary="List deliveries",
        parameters=[ByIdQuery],
        responses=DeliverySerializer(many=True),
    )
    def deliveries(self, request: ApiRequest, subscription_id: int) -> HttpResponse:
        """What was sent to a webhook, and what it answered."""
        row = _visible(request, subscription_id)
        tries = Prefetch("log", DeliveryTry.objects.order_by("-id"))
        rows = Delivery.objects.filter(subscription=row).select_related("event").prefetch_related(tries)
        return page_answer(rows, read_query(ByIdQuery, request.query_params), DeliverySerializer)[0]


def _caller(request: ApiRequest) -> User:
    """Who calls; the permission table has made sure that somebody does."""
    return request.user


def _visible(request: ApiRequest, subscription_id: int) -> Subscription:
    return Subscription.objects.visible_to(_caller(request)).get(pk=subscription_id)


def _refuse_key(request: ApiRequest) -> None:
    if "Idempotency-Key" in request.headers:
        raise Problem("malformed", _("A call that makes a secret takes no Idempotency-Key: its answer isn't kept."))
