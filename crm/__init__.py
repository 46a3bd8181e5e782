"""The Django project package: settings, urls, celery, and the shared kernel in lib/."""

from crm.celery import app as celery_app

__all__ = ["celery_app"]
