"""The printed archive."""

from django.http import Http404, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from accounts.models import Customer
from accounts.services import prints
from users.requests import UserRequest


@never_cache
@require_POST
def customer_print(request: UserRequest, customer_id: int) -> HttpResponse:
    """The archive as PDF under a new number; each call is a print of its own."""
    try:
        row, content = prints.print_archive(customer_id=customer_id, by=request.user)
    except Customer.DoesNotExist:
        raise Http404 from None
    response = HttpResponse(content, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="archive-{prints.printed_number(row)}.pdf"'
    return response
