"""The settings of the benchmark's server: ours, and one address more."""

from crm.settings import *  # noqa: F403

ROOT_URLCONF = "benchmarks.bare_api"
