"""Settings, all from the environment. With DEBUG off they are the production settings."""

from pathlib import Path
from typing import Any

import django_stubs_ext
import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

# Generic classes such as ModelForm[Customer] exist at run time too.
django_stubs_ext.monkeypatch()

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

env = environ.Env()
# Written by `make run` for commands in another terminal; what the environment says comes first.
environ.Env.read_env(Path(env.str("CRM_STATE_DIR", default=str(VAR_DIR))) / "run.env")

DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY", default="development-only-" + "x" * 40 if DEBUG else "")
# Former keys: what was signed with them still holds.
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "crm.apps.CrmConfig",
    "users.apps.UsersConfig",
    "jobs.apps.JobsConfig",
    "accounts.apps.AccountsConfig",
    "sales.apps.SalesConfig",
    "segmentation.apps.SegmentationConfig",
    "dashboards.apps.DashboardsConfig",
]

MIDDLEWARE = [
    "crm.metrics.RequestMetricsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "crm.middleware.RequestIdMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "users.middleware.LanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "users.middleware.AccessMiddleware",
    "accounts.middleware.MergedCustomerMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.context.shell",
            ],
            "builtins": ["crm.templatetags.ks", "crm.templatetags.ks_marks", "crm.templatetags.ks_page"],
        },
    }
]

# ── Data ────────────────────────────────────────────────────────────────────

DATABASES = {"default": env.db_url("DATABASE_URL", default="postgres://crm@/crm")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", default="redis://127.0.0.1:6379/0")
CACHES: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "crm.cache.FallbackCache",
        "LOCATION": REDIS_URL,
        # A cache that hangs must not hold up a call of the API, which counts calls there.
        "OPTIONS": {"socket_connect_timeout": 0.5, "socket_timeout": 1.0},
    },
    # While Redis doesn't answer.
    "fallback": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "users_cache"},
}

# ── The company ─────────────────────────────────────────────────────────────

COMPANY_TIME_ZONE = env.str("COMPANY_TIME_ZONE", default="Asia/Shanghai")
BASE_CURRENCY = env.str("BASE_CURRENCY", default="CNY")

# ── Languages and time ──────────────────────────────────────────────────────

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = COMPANY_TIME_ZONE

# ── E-mail ──────────────────────────────────────────────────────────────────

# Where people reach this: links in e-mails begin with it, and second factors are bound to its host.
SITE_URL = env.str("SITE_URL", default="http://localhost:8000")
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env.str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("EMAIL_USE_TLS", default=EMAIL_PORT == 587)
EMAIL_USE_SSL = env.bool("EMAIL_USE_SSL", default=EMAIL_PORT == 465)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=10)
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default="Keystone <keystone@localhost>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
# smtp sends, file writes into a folder, none leaves e-mails out and says so.
MAIL_GATEWAY = env.str("MAIL_GATEWAY", default="smtp" if EMAIL_HOST else "file" if DEBUG else "none")
MAIL_DIR = VAR_DIR / "mail"

# ── Sign-in ─────────────────────────────────────────────────────────────────

AUTH_USER_MODEL = "users.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 10},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "users.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "users.forms.sign_in.SignInForm",
    "change_password": "users.forms.sign_in.PasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_SESSION_REMEMBER = None
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_USER_DISPLAY = "users.display.user_name"
# Ten wrong passwords lock an account for a quarter of an hour, whatever address they come from.
ACCOUNT_RATE_LIMITS = {"login_failed": "100/15m/ip,10/15m/key"}
# So long after saying who one is, nothing asks again.
ACCOUNT_REAUTHENTICATION_TIMEOUT = 600
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)

# A second factor: codes of an app, keys and passkeys, recovery codes.
MFA_ADAPTER = "users.mfa.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_FORMS = {"authenticate": "users.mfa.CodeForm", "reauthenticate": "users.mfa.ConfirmForm"}
MFA_TOTP_ISSUER = "Keystone"
# A phone's clock may be half a minute off; a code is taken once all the same (users/mfa.py).
MFA_TOTP_TOLERANCE = 1
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_ALLOW_UNVERIFIED_EMAIL = True

# Signing in through an identity provider; off without an issuer. Only who has an account here gets in.
SOCIALACCOUNT_ADAPTER = "users.social.SocialAdapter"
SOCIALACCOUNT_LOGIN_ON_GET = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_QUERY_EMAIL = True
OIDC_ISSUER = env.str("OIDC_ISSUER", default="")
OIDC_APP = {
    "provider_id": env.str("OIDC_PROVIDER_ID", default="company"),
    "name": env.str("OIDC_NAME", default="OpenID Connect"),
    "client_id": env.str("OIDC_CLIENT_ID", default=""),
    "secret": env.str("OIDC_CLIENT_SECRET", default=""),
    "settings": {"server_url": OIDC_ISSUER, "oauth_pkce_enabled": True},
}
SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [OIDC_APP] if OIDC_ISSUER else []}}

# ── Files ───────────────────────────────────────────────────────────────────

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", ("vendor", VAR_DIR / "vendor")]
if DEBUG:
    STATIC_STORAGE = "django.contrib.staticfiles.storage.StaticFilesStorage"
elif env.bool("COMPRESS_STATIC", default=True):
    STATIC_STORAGE = "crm.storage.CompressedStaticFiles"
else:
    STATIC_STORAGE = "crm.storage.StaticFiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_STORAGE},
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
# Said here and not left to settings.DEBUG, which the tests turn off: nothing is collected then either.
WHITENOISE_AUTOREFRESH = DEBUG
WHITENOISE_USE_FINDERS = DEBUG
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(VAR_DIR / "media")))
# Copies of database and files; on another disk, or copied away from there.
BACKUP_ROOT = Path(env.str("BACKUP_ROOT", default=str(VAR_DIR / "backups")))
IMPORT_MAX_BYTES = env.int("IMPORT_MAX_BYTES", default=2 * 1024**3)
# A spreadsheet, packed, and the processor time that reading it may take.
IMPORT_MAX_SHEET_BYTES = env.int("IMPORT_MAX_SHEET_BYTES", default=50 * 1024**2)
IMPORT_SHEET_SECONDS = env.int("IMPORT_SHEET_SECONDS", default=5)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5_000
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]

# ── The API ─────────────────────────────────────────────────────────────────

API_MAX_BODY_BYTES = env.int("API_MAX_BODY_BYTES", default=32 * 1024**2)
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["users.api.parsers.JsonParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["users.api.authentication.KeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["users.api.permissions.InTable"],
    "DEFAULT_SCHEMA_CLASS": "users.api.schema.PageSchema",
    "EXCEPTION_HANDLER": "users.api.problems.handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "OAS_VERSION": "3.1.0",
    "TITLE": "Keystone",
    "DESCRIPTION": "Customers, orders and what is known of them. Guide: docs/api.md.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    "ENUM_NAME_OVERRIDES": {
        "CustomerKind": "accounts.constants.Kind",
        "OrderKind": "sales.constants.OrderKind",
        "UserKind": "users.constants.UserKind",
        "MeasureKind": "accounts.measures.MeasureKind",
        "Prospect": "sales.constants.Prospect",
        "OrderState": "sales.constants.OrderState",
        "RunState": "jobs.constants.RunState",
        "TaskState": "jobs.constants.TaskState",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "users.api.schema.say_what_is_common",
    ],
}

# ── Work in the background ──────────────────────────────────────────────────


def celery_url(url: str) -> str:
    """Spell a unix-socket address the way Celery wants it."""
    return "redis+socket://" + url.removeprefix("unix://") if url.startswith("unix://") else url


CELERY_BROKER_URL = celery_url(REDIS_URL)
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 500
# A write that tells the workers of a run never waits long for the broker (jobs/hints.py).
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 300,
    "socket_connect_timeout": 1,
    "socket_timeout": 3,
    "max_retries": 0,
    "interval_start": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE = {"sweep": {"task": "jobs.sweep", "schedule": 5.0, "options": {"expires": 30}}}
RUN_LEASE_SECONDS = env.int("RUN_LEASE_SECONDS", default=20)
# For trying webhooks out: lets them go to this machine, and there without TLS. Never in production.
WEBHOOK_ALLOW_LOOPBACK = env.bool("WEBHOOK_ALLOW_LOOPBACK", default=False)

# ── Security ────────────────────────────────────────────────────────────────

SECURE = env.bool("SECURE", default=not DEBUG)
SECURE_SSL_REDIRECT = SECURE
# Watched from inside, without the proxy that ends TLS.
SECURE_REDIRECT_EXEMPT = [r"^(healthz|readyz|metrics)$"]
# Who may read /metrics: whoever sends this as a bearer token; without one, callers on this machine.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
# Whose roles must have a second factor where no version of the parameters says otherwise.
SECOND_FACTOR_ROLES = env.list("SECOND_FACTOR_ROLES", default=["administrator"] if SECURE else [])
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_PROXY", default=False) else None
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = SECURE
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_SECURE = SECURE
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "crm.middleware.RequestIdFilter"}},
    "formatters": {
        "line": {
            "()": "crm.logs.OneLineFormatter",
            "format": "%(asctime)s %(levelname)s %(name)s [%(request_id)s] %(message)s",
        },
        "json": {"()": "crm.logs.json_formatter"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "json" if env.str("LOG_FORMAT", default="line") == "json" else "line",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
