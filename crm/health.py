"""For machines that watch this one: does the process live, can it serve, how does it fare."""

from functools import cache
from hmac import compare_digest
from typing import Any

import redis
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from prometheus_client import CONTENT_TYPE_LATEST

from crm.metrics import exposition

_LOOPBACK = {"127.0.0.1", "::1"}


@never_cache
def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers. Nothing else is asked: restarting it mends nothing else."""
    return HttpResponse("ok\n", content_type="text/plain")


@never_cache
def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether requests can be served: the database answers and is migrated. Without a broker work waits: degraded."""
    checks = {"database": _database(), "migrations": "unknown", "broker": _broker()}
    if checks["database"] == "ok":
        checks["migrations"] = _migrations()
    if checks["database"] != "ok" or checks["migrations"] != "ok":
        return JsonResponse({"status": "unready", "checks": checks}, status=503, headers={"Retry-After": "5"})
    status = "ready" if checks["broker"] == "ok" else "degraded"
    return JsonResponse({"status": status, "checks": checks})


@never_cache
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures for Prometheus, for whoever has the token, or without one for this machine alone."""
    if not _may_measure(request):
        raise PermissionDenied
    return HttpResponse(exposition(), content_type=CONTENT_TYPE_LATEST)


def _may_measure(request: HttpRequest) -> bool:
    if settings.METRICS_TOKEN:
        given = request.headers.get("Authorization", "")
        return compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode())
    # Behind a proxy of this machine every caller seems to come from it.
    is_forwarded = "X-Forwarded-For" in request.headers or "Forwarded" in request.headers
    return request.META.get("REMOTE_ADDR") in _LOOPBACK and not is_forwarded


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        connection.close()
        return "down"
    return "ok"


def _migrations() -> str:
    try:
        return "ok" if _is_migrated() else "missing"
    except DatabaseError:
        return "unknown"


def _is_migrated() -> bool:
    """Asked until it is so; afterwards this process remembers."""
    if not _known:
        executor = MigrationExecutor(connection)
        if not executor.migration_plan(executor.loader.graph.leaf_nodes()):
            _known.append(True)
    return bool(_known)


_known: list[bool] = []


def _broker() -> str:
    try:
        return "ok" if _client().ping() else "down"
    except (redis.RedisError, OSError):
        return "down"


@cache
def _client() -> Any:
    return redis.Redis.from_url(settings.REDIS_URL, socket_timeout=1, socket_connect_timeout=1)
