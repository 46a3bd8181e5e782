"""The first page: where each role's day begins."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from crm.navigation import page_url, sections

# The first of these that exists and that the user may read.
FIRST_PAGES = ("dashboards:tiers", "dashboards:my_accounts", "accounts:customer_list")


def home(request: HttpRequest) -> HttpResponse:
    """Send a manager to the tier dashboard, an account manager to their accounts, others where they may go."""
    for url_name in FIRST_PAGES:
        if href := page_url(url_name, request.user):
            return redirect(href)
    here = request.path
    hrefs = [link.href for link in sections(request) if link.href != here]
    return redirect(hrefs[0] if hrefs else "users:profile")
