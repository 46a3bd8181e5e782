"""Figures for Prometheus: requests as they are answered, and what stands in the database when they are asked for."""

import os
import time
from collections.abc import Callable, Iterable

from django.db import connection
from django.http import HttpRequest, HttpResponse
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest, multiprocess
from prometheus_client.core import GaugeMetricFamily, Metric

BUCKETS = (0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.5, 0.8, 1.5, 3.0, 10.0)
REQUESTS = Counter("keystone_requests", "Requests by route, method and status", ["route", "method", "status"])
SECONDS = Histogram("keystone_request_seconds", "Time to answer by route", ["route"], buckets=BUCKETS)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}

# What is read from the database: name, help, labels, a query giving (labels..., value).
_GAUGES: tuple[tuple[str, str, list[str], str], ...] = (
    (
        "keystone_runs",
        "Runs that aren't over, and those that failed in the last day, by state",
        ["state"],
        (
            "SELECT s.state, count(r.id) FROM (VALUES ('queued'), ('running'), ('failed')) s (state)"
            " LEFT JOIN jobs_run r ON r.state = s.state"
            " AND (r.state <> 'failed' OR r.ended_at > now() - interval '1 day') GROUP BY 1"
        ),
    ),
    (
        "keystone_oldest_queued_run_seconds",
        "How long the run that is due longest has waited",
        [],
        (
            "SELECT coalesce(extract(epoch FROM now() - min(greatest(created_at, not_before))), 0)"
            " FROM jobs_run WHERE state = 'queued' AND coalesce(not_before, now()) <= now()"
        ),
    ),
    (
        "keystone_outbox_waiting",
        "Events that the relay hasn't seen",
        [],
        "SELECT count(*) FROM jobs_outboxevent WHERE relayed_at IS NULL",
    ),
    (
        "keystone_outbox_lag_seconds",
        "Age of the oldest event that the relay hasn't seen",
        [],
        (
            "SELECT coalesce(extract(epoch FROM now() - min(created_at)), 0)"
            " FROM jobs_outboxevent WHERE relayed_at IS NULL"
        ),
    ),
    (
        "keystone_deliveries",
        "Deliveries to subscribers that wait or were parked",
        ["state"],
        (
            "SELECT s.state, count(d.id) FROM (VALUES ('waiting'), ('parked')) s (state)"
            " LEFT JOIN jobs_delivery d ON d.state = s.state GROUP BY 1"
        ),
    ),
    (
        "keystone_relay_lag_seconds",
        "Age of the oldest delivery that waits for an active subscriber",
        [],
        (
            "SELECT coalesce(extract(epoch FROM now() - min(d.created_at)), 0) FROM jobs_delivery d"
            " JOIN jobs_subscription s ON s.id = d.subscription_id AND s.is_active WHERE d.state = 'waiting'"
        ),
    ),
)


class RequestMetricsMiddleware:
    """Count and time each request by the route that answered it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        began = time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        # Addresses that lead nowhere share one name: callers must not make up series.
        route = (match.view_name or "unnamed") if match else "none"
        method = request.method if request.method in _METHODS else "other"
        REQUESTS.labels(route, method, str(response.status_code)).inc()
        SECONDS.labels(route).observe(time.perf_counter() - began)
        return response


class _DatabaseFigures:
    def collect(self) -> Iterable[Metric]:
        with connection.cursor() as cursor:
            for name, text, labels, query in _GAUGES:
                family = GaugeMetricFamily(name, text, labels=labels)
                cursor.execute(query)
                for *values, figure in cursor.fetchall():
                    family.add_metric([str(value) for value in values], float(figure))
                yield family


def exposition() -> bytes:
    """All figures as text; those of requests summed over processes where PROMETHEUS_MULTIPROC_DIR names a folder."""
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        registry = CollectorRegistry()
        multiprocess.MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    else:
        registry = CollectorRegistry()
        registry.register(_Requests())
    text = generate_latest(registry)
    figures = CollectorRegistry()
    figures.register(_DatabaseFigures())
    return text + generate_latest(figures)


class _Requests:
    def collect(self) -> Iterable[Metric]:
        yield from REQUESTS.collect()
        yield from SECONDS.collect()
