"""All settings, read from the environment; `README.md` lists every variable.

Secrets come from the environment. Where `PINGHU_SECRET_KEY` is not set, a key is made once and kept in the
`var` folder with owner-only rights, so that the embedded default starts without a set-up step.
"""

import os
from pathlib import Path

import environ
from csp.constants import NONE, SELF, UNSAFE_EVAL, UNSAFE_INLINE
from django.core.management.utils import get_random_secret_key
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

VAR = Path(env.str("PINGHU_VAR", default=str(BASE_DIR / "var")))
VAR.mkdir(parents=True, exist_ok=True)


def _kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use; `x` mode lets only one of two starting processes write it."""
    try:
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(get_random_secret_key())
    except FileExistsError:
        pass  # another process or an earlier start made it
    return path.read_text()


DEBUG = env.bool("PINGHU_DEBUG", default=False)
SECRET_KEY = env.str("PINGHU_SECRET_KEY", default="") or _kept_secret(VAR / "secret_key")
ALLOWED_HOSTS = env.list("PINGHU_ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("PINGHU_CSRF_TRUSTED_ORIGINS", default=[])
# Behind TLS (any real deployment). The demo on loopback is plain HTTP and sets this to false.
HTTPS = env.bool("PINGHU_HTTPS", default=True)
# Which doors this process serves: the admin need not listen where the public does, nor the enterprises' portal there.
DOORS = env.list("PINGHU_DOORS", default=["public", "portal", "api", "admin"])

INSTALLED_APPS = [
    "pinghu",
    "pinghu.accounts",
    "pinghu.ledger",
    "pinghu.jobs",
    "pinghu.inbox",
    "directory",
    "promotion",
    "unfold.apps.BasicAppConfig",  # without its own admin site: ours is pinghu.admin.sites
    "unfold.contrib.filters",
    "unfold.contrib.forms",
    "unfold.contrib.inlines",
    "unfold.contrib.simple_history",
    "pinghu.admin.apps.PinghuAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "simple_history",
    "django_tasks",
    "django_tasks_db",
    "django_countries",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "pinghu.middleware.RequestIdMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "pinghu.middleware.PathCSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "pinghu.middleware.DoorLocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "pinghu.middleware.UserLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pinghu.middleware.RequireOwnPasswordMiddleware",
    "pinghu.middleware.RequireSecondFactorMiddleware",
    "django_structlog.middlewares.RequestMiddleware",
]

ROOT_URLCONF = "pinghu.urls"
WSGI_APPLICATION = "pinghu.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "pinghu" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
            ],
        },
    },
]

# --- database -------------------------------------------------------------------------------------------------------

SQLITE_OPTIONS = {
    # A write transaction takes its lock at BEGIN: under DEFERRED, read-then-write fails at once whatever the timeout.
    "transaction_mode": "IMMEDIATE",
    # SQLite's busy handler is not fair; short writers waited 12 s under load, so the limit is generous.
    "timeout": env.int("PINGHU_SQLITE_TIMEOUT", default=20),
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA foreign_keys=ON; "
        "PRAGMA mmap_size=268435456; PRAGMA cache_size=-65536; PRAGMA temp_store=MEMORY"
    ),
}

DATABASES = {"default": env.db("DATABASE_URL", default=f"sqlite:///{VAR / 'pinghu.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = SQLITE_OPTIONS
else:
    DATABASES["default"]["OPTIONS"] = {"pool": {"min_size": 1, "max_size": env.int("PINGHU_DB_POOL", default=8)}}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Limits of sign-in and API are counted here, so it must be shared between processes: a table, not memory.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "pinghu_cache"}}

# --- people ---------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = reverse_lazy("account_login")
LOGIN_REDIRECT_URL = "/admin/"
ACCOUNT_ADAPTER = "pinghu.accounts.adapter.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_RATE_LIMITS = {
    "login": "30/m/ip",
    "login_failed": "10/m/ip,5/5m/key",
    # Requests without an account, and guesses at their secrets (`promotion.views.service_requests`).
    "case_raise": "20/h/ip",
    "case_follow": "30/5m/ip,10/h/key",
    # Codes of invitations and of the phone (`promotion.views.portal`).
    "portal_join": "20/h/ip",
}
ACCOUNT_SESSION_REMEMBER = False
MFA_ADAPTER = "pinghu.accounts.adapter.StaffMFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "平湖经开"
REQUIRE_SECOND_FACTOR = env.bool("PINGHU_REQUIRE_SECOND_FACTOR", default=False)
SESSION_COOKIE_AGE = env.int("PINGHU_SESSION_HOURS", default=12) * 3600
SESSION_EXPIRE_AT_BROWSER_CLOSE = True

# --- languages and time ---------------------------------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
# Ours first; then what the admin theme lacks, kept apart so that it can go when the theme learns Chinese.
LOCALE_PATHS = [BASE_DIR / "pinghu" / "locale", BASE_DIR / "pinghu" / "locale_unfold"]
FORMAT_MODULE_PATH = ["pinghu.date_formats"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
COUNTRIES_OVERRIDE = {
    "TW": {"names": [_("Taiwan, China")]},
    "HK": {"names": [_("Hong Kong, China")]},
    "MO": {"names": [_("Macao, China")]},
}

# --- static and uploaded files --------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = VAR / "static"
MEDIA_ROOT = VAR / "media"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- security -------------------------------------------------------------------------------------------------------

SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
if env.bool("PINGHU_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    ALLAUTH_TRUSTED_PROXY_COUNT = 1  # else every client behind the proxy shares one limit of sign-ins
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "pinghu.api.handlers.csrf_failure"
PERMISSIONS_POLICY: dict[str, list[str]] = {
    name: [] for name in ("camera", "geolocation", "microphone", "payment", "usb", "display-capture")
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
# Unfold's Alpine evaluates strings and styles inline: allowed under /admin/ alone.
ADMIN_CSP = {
    **CONTENT_SECURITY_POLICY["DIRECTIVES"],
    "script-src": [SELF, UNSAFE_EVAL],
    "style-src": [SELF, UNSAFE_INLINE],
}
# Swagger UI styles inline.
API_DOCS_CSP = {**CONTENT_SECURITY_POLICY["DIRECTIVES"], "style-src": [SELF, UNSAFE_INLINE]}

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_PAGINATION_CLASS": None,
    "DEFAULT_FILTER_BACKENDS": [],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "pinghu.api.problems.exception_handler",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "平湖经济技术开发区企业名录 API",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- background work ------------------------------------------------------------------------------------------------

TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend", "QUEUES": []}}
# A task whose worker was not heard of for this long is given to another; long tasks call `beat()` between chunks.
TASK_LEASE_SECONDS = env.float("PINGHU_TASK_LEASE", default=300)
TASK_ATTEMPTS = 3
# Pause before the second attempt; each further one waits four times as long.
TASK_BACKOFF_SECONDS = env.float("PINGHU_TASK_BACKOFF", default=15)
# The worker waits longer for SQLite's write lock than the web: nobody looks at a clock while it waits.
WORKER_SQLITE_TIMEOUT = env.int("PINGHU_WORKER_SQLITE_TIMEOUT", default=60)

# --- messages -------------------------------------------------------------------------------------------------------

# Where staff open the admin: the beginning of every link in a mail, which knows no request.
SITE_URL = env.str("PINGHU_SITE_URL", default="http://localhost:8000")
# Without a mail server the worker prints what it would send.
_mail = env.email_url("PINGHU_MAIL_URL", default="consolemail://")
EMAIL_BACKEND: str = _mail["EMAIL_BACKEND"]
EMAIL_HOST: str = _mail["EMAIL_HOST"] or "localhost"
EMAIL_PORT: int = _mail["EMAIL_PORT"] or 0  # 0 = the protocol's own
EMAIL_HOST_USER: str = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD: str = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS: bool = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL: bool = _mail.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = env.str("PINGHU_MAIL_FROM", default="pinghu@localhost")
# A robot of one group in "dingtalk", "wecom" or "feishu" repeats what is urgent; off until its address is named.
CHAT_WEBHOOK = env.str("PINGHU_CHAT_WEBHOOK", default="")
CHAT_FAMILY = env.str("PINGHU_CHAT_FAMILY", default="dingtalk")
CHAT_SECRET = env.str("PINGHU_CHAT_SECRET", default="")

# --- web server -----------------------------------------------------------------------------------------------------

WEB_WORKERS = env.int("PINGHU_WEB_WORKERS", default=1)
WEB_THREADS = env.int("PINGHU_WEB_THREADS", default=4)

# --- import bounds --------------------------------------------------------------------------------------------------

IMPORT_MAX_BYTES = env.int("PINGHU_IMPORT_MAX_MB", default=50) * 1024 * 1024
IMPORT_MAX_UNZIPPED_BYTES = env.int("PINGHU_IMPORT_MAX_UNZIPPED_MB", default=500) * 1024 * 1024
IMPORT_MAX_ROWS = env.int("PINGHU_IMPORT_MAX_ROWS", default=200_000)
IMPORT_MAX_COLUMNS = 200
IMPORT_MAX_CELL_LENGTH = 5_000

# --- logs -----------------------------------------------------------------------------------------------------------

LOGGING_CONFIG = None  # pinghu/logs.py configures structlog and the standard library together
# One line per request, at its end; no addresses of people.
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10
DJANGO_STRUCTLOG_STATUS_2XX_LOG_LEVEL = 20
DJANGO_STRUCTLOG_STATUS_4XX_LOG_LEVEL = 20
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False

SILENCED_SYSTEM_CHECKS: list[str] = []

from pinghu.logs import configure as _configure_logs  # noqa: E402 (after the settings it reads)

_configure_logs(json=env.bool("PINGHU_LOG_JSON", default=not DEBUG), level=env.str("PINGHU_LOG_LEVEL", default="INFO"))

from pinghu.navigation import UNFOLD  # noqa: E402, F401 (the admin's theme and menu)
