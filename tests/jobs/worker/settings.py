"""The settings, and one app more: the kinds of runs of the worker tests."""

from crm.settings import *  # noqa: F403
from crm.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.jobs.worker.apps.WorkerTestConfig"]
