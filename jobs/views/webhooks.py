"""Pages of webhooks: who is told of events, what they answered, sending again."""

import json
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages as notes
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from jobs import wording
from jobs.forms.webhooks import DeliveryFilter, ReplayForm, WebhookForm
from jobs.models import Delivery, Subscription
from jobs.queries import webhooks as queries
from jobs.registry import event_kinds
from jobs.services import webhooks
from users.errors import Invalid
from users.forms import faults
from users.requests import UserRequest


def webhook_list(request: UserRequest) -> HttpResponse:
    """Every address that is told of events, and the events there are, each with an example."""
    kinds = [(kind, json.dumps(kind.example, ensure_ascii=False, indent=2)) for kind in event_kinds]
    return render(request, "jobs/webhook_list.html", {"rows": list(queries.listed(request.user)), "kinds": kinds})


@never_cache
def webhook_new(request: UserRequest) -> HttpResponse:
    """A new subscription; its secret is shown this once."""
    form = WebhookForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            made = webhooks.subscribe(of=form.wanted(), by=request.user)
        except Invalid as error:
            faults.show(form, error)
        else:
            return render(request, "jobs/webhook_secret.html", {"webhook": made, "secret": made.secret, "is_new": True})
    return render(request, "jobs/webhook_edit.html", {"form": form})


def webhook_detail(request: UserRequest, subscription_id: int) -> HttpResponse:
    """One subscription: how it fares, and the log of what was sent."""
    webhook = get_object_or_404(queries.listed(request.user), pk=subscription_id)
    form = DeliveryFilter(request.GET)
    chosen = form.chosen()
    rows = queries.log(webhook, state=chosen["state"] or "", before=chosen["before"])
    more = rows[queries.PAGE :]
    rows = rows[: queries.PAGE]
    narrowed = {name: value for name, value in chosen.items() if value and name == "state"}
    context: dict[str, Any] = {
        "webhook": webhook,
        "kinds": [kind for kind in event_kinds if kind.code in webhook.kinds],
        "health": wording.webhook_health(webhook),
        "form": form,
        "narrowed": narrowed,
        "rows": [wording.delivery(row) for row in rows],
        "older": "?" + urlencode(narrowed | {"before": rows[-1].event_id}) if more else "",
        "newer": "?" + urlencode(narrowed) if chosen["before"] else "",
        "replay": ReplayForm(),
    }
    return render(request, "jobs/webhook_detail.html", context)


def webhook_edit(request: UserRequest, subscription_id: int) -> HttpResponse:
    """Change where events go and which."""
    webhook = _visible(request, subscription_id)
    now = {name: getattr(webhook, name) for name in ("target", "description", "kinds", "is_active")}
    form = WebhookForm(request.POST or None, initial=now)
    if request.method == "POST" and form.is_valid():
        try:
            webhooks.update(subscription_id=webhook.pk, of=form.wanted(), by=request.user)
        except Invalid as error:
            faults.show(form, error)
        else:
            notes.success(request, _("Webhook saved."))
            return redirect("jobs:webhook_detail", webhook.pk)
    return render(request, "jobs/webhook_edit.html", {"form": form, "webhook": webhook})


@never_cache
def webhook_secret(request: UserRequest, subscription_id: int) -> HttpResponse:
    """A fresh secret, shown this once; the old one signs beside it for a day."""
    webhook = _visible(request, subscription_id)
    if request.method != "POST":
        return render(request, "jobs/webhook_renew.html", {"webhook": webhook})
    secret = webhooks.renew_secret(subscription_id=webhook.pk, by=request.user)
    return render(request, "jobs/webhook_secret.html", {"webhook": webhook, "secret": secret})


def webhook_delete(request: UserRequest, subscription_id: int) -> HttpResponse:
    """Remove a subscription with its log, after asking."""
    webhook = _visible(request, subscription_id)
    if request.method != "POST":
        return render(request, "jobs/webhook_delete.html", {"webhook": webhook})
    webhooks.unsubscribe(subscription_id=webhook.pk, by=request.user)
    notes.success(request, _("%(name)s is told nothing any more.") % {"name": webhook})
    return redirect("jobs:webhook_list")


@require_POST
def webhook_replay_since(request: UserRequest, subscription_id: int) -> HttpResponse:
    """Send again what happened since a moment."""
    webhook = _visible(request, subscription_id)
    form = ReplayForm(request.POST)
    if form.is_valid():
        count = webhooks.replay_since(subscription_id=webhook.pk, since=form.cleaned_data["since"], by=request.user)
        text = ngettext("%(count)s event is sent again.", "%(count)s events are sent again.", count)
        notes.success(request, text % {"count": count})
    else:
        notes.error(request, _("Say from when on, as a date and a time."))
    return redirect("jobs:webhook_detail", webhook.pk)


@require_POST
def delivery_replay(request: UserRequest, delivery_id: int) -> HttpResponse:
    """Send one event again."""
    row = get_object_or_404(Delivery.objects.visible_to(request.user), pk=delivery_id)
    if webhooks.replay(delivery_id=row.pk, by=request.user):
        notes.success(request, _("It is sent again, under the id it had."))
    else:
        notes.info(request, _("It is on its way already."))
    return redirect("jobs:webhook_detail", row.subscription_id)


def _visible(request: UserRequest, subscription_id: int) -> Subscription:
    return get_object_or_404(Subscription.objects.visible_to(request.user), pk=subscription_id)
