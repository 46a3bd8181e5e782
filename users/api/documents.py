"""The description of the API, for programs and for people."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe
from drf_spectacular.renderers import OpenApiJsonRenderer, OpenApiYamlRenderer
from drf_spectacular.utils import extend_schema
from drf_spectacular.views import SpectacularAPIView

from users.api.authentication import KeyAuthentication, SessionAuthentication
from users.api.permissions import InTable


@extend_schema(exclude=True)
class SchemaView(SpectacularAPIView):
    """The OpenAPI 3.1 document: JSON, or YAML for who asks for it. Open to anybody: it tells of no record."""

    authentication_classes = (KeyAuthentication, SessionAuthentication)
    permission_classes = (InTable,)
    renderer_classes = [OpenApiJsonRenderer, OpenApiYamlRenderer]


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """A page to read the API and to try it, with a session or a key. Its files are ours, not a CDN's."""
    return render(request, "users/api_page.html")
