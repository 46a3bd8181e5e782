"""The environment tests run in, set before the settings are read (`-p tests.environment`).

Whoever starts pytest by hand gets the same as `make test`; what is already set stays.
"""

import os

DEFAULTS = {
    "DJANGO_SETTINGS_MODULE": "crm.settings",
    "DEBUG": "true",  # plain static files and a fixed key; pytest-django turns settings.DEBUG itself off
    "OMP_NUM_THREADS": "1",  # two test processes on two cores: threads would only wait for each other
    "OPENBLAS_NUM_THREADS": "1",
    "DJANGO_ALLOW_ASYNC_UNSAFE": "true",  # Playwright's loop runs in the thread that uses the database
}

for name, value in DEFAULTS.items():
    os.environ.setdefault(name, value)
