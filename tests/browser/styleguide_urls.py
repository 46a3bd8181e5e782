"""The addresses of the product and, as in DEBUG, the page that shows every component."""

from django.urls import path

from crm import urls
from crm.styleguide import styleguide

urlpatterns = [*urls.urlpatterns, path("styleguide/", styleguide, name="styleguide")]
