"""What a customer buys, as a chart and as a file."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from accounts.constants import Door
from accounts.models import Customer
from accounts.services import reads
from crm.lib import dates
from crm.lib.figures import figure_response
from sales.constants import ORDER_SECTION
from sales.queries import charts, customers, totals
from users.requests import UserRequest


def customer_months(request: UserRequest, customer_id: int) -> HttpResponse:
    """Monthly sales of a customer, or with `with=2,3` together with others in sight; JSON, or CSV."""
    customer = get_object_or_404(Customer.objects.readable_by(request.user, ORDER_SECTION).only("pk"), pk=customer_id)
    named = [text for text in request.GET.get("with", "").split(",") if text.isascii() and text.isdigit()]
    others = Customer.objects.visible_to(request.user).filter(pk__in=[int(text) for text in named if len(text) < 19])
    ids = {customer.pk, *others.values_list("pk", flat=True)} if named else {customer.pk}
    reads.note(by=request.user, customer_ids=ids, door=Door.PAGE)
    figures = customers.figures_of(sorted(ids), as_of=totals.reading_day(dates.today()))
    return figure_response(request, charts.sales_by_month(sorted(ids), figures))
