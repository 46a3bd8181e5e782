"""All addresses. Each one is in the permission table, or closed."""

from allauth.account import views as account
from django.conf import settings
from django.urls import URLPattern, URLResolver, include, path
from django.views.i18n import set_language

from accounts.views.search import search
from crm import health
from crm.views import home
from users.views import openid

handler400 = "users.api.failures.bad_request"
handler403 = "users.api.failures.forbidden"
handler404 = "users.api.failures.not_found"
handler500 = "users.api.failures.server_error"

API = [path("", include(f"{app}.api.urls")) for app in ("users", "jobs", "accounts", "sales", "segmentation")]

urlpatterns: list[URLPattern | URLResolver] = [
    path("language/", set_language, name="set_language"),
    path("", home, name="home"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("sign-in/", account.login, name="account_login"),
    path("sign-in/inactive/", account.account_inactive, name="account_inactive"),
    path("sign-out/", account.logout, name="account_logout"),
    path("sign-in/with/<str:provider_id>/", openid.begin, name="openid_connect_login"),
    path("sign-in/with/<str:provider_id>/back/", openid.back, name="openid_connect_callback"),
    path("me/confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("me/security/", include("allauth.mfa.urls")),
    path("me/password/", account.password_change, name="account_change_password"),
    path("api/v1/", include((API, "api"))),
    path("", include("users.urls")),
    path("", include("jobs.urls")),
    path("search/", search, name="search"),
    path("", include("accounts.urls")),
    path("", include("sales.urls")),
    path("", include("segmentation.urls")),
    path("", include("dashboards.urls")),
]

if settings.DEBUG:
    from crm.styleguide import styleguide
    from jobs.views.mailbox import mailbox

    urlpatterns.append(path("styleguide/", styleguide, name="styleguide"))
    urlpatterns.append(path("mailbox/", mailbox, name="mailbox"))
