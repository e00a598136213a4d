"""One settings file. What differs between two installations is read from the environment, typed.

Anything that may be a secret can also be given as a file: NAME_FILE holds its path.
The names are explained in docs/operating.md.
"""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from omnihub.admin_look import UNFOLD  # noqa: F401  # read by name
from omnihub.config import broker_url, database, secret_key
from omnihub.logs import logging_config

env = environ.FileAwareEnv()
BASE_DIR = Path(__file__).resolve().parent.parent

# -- the installation ------------------------------------------------------------------------------
OMNIHUB_DATA = Path(env.str("OMNIHUB_DATA", str(BASE_DIR / "data"))).resolve()
OMNIHUB_URL = env.str("OMNIHUB_URL", "").strip().rstrip("/")
OMNIHUB_DEMO = env.bool("OMNIHUB_DEMO", False)
# private hosts, addresses or networks that outgoing connections may reach although they are private
OMNIHUB_ALLOW_HOSTS = env.list("OMNIHUB_ALLOW_HOSTS", default=[])
# {"microsoft": {"authorize": url, "token": url}}: where national clouds differ from the usual ones
OMNIHUB_OAUTH_ENDPOINTS = env.json("OMNIHUB_OAUTH_ENDPOINTS", default={})
# name servers that tell whether a mail is signed: empty for the system's, `off` for none
OMNIHUB_DNS = env.list("OMNIHUB_DNS", default=[])
# path of a file that lists armed fail points; empty in real life
FAILPOINTS = env.str("OMNIHUB_FAILPOINTS", "")

_url = urlsplit(OMNIHUB_URL or "http://127.0.0.1:8000")
_https = _url.scheme == "https"

DEBUG = env.bool("OMNIHUB_DEBUG", False)
SECRET_KEY = secret_key(env, OMNIHUB_DATA)
SECRET_KEY_FALLBACKS = env.list("OMNIHUB_SECRET_KEY_FALLBACKS", default=[])
# together with SECRET_KEY it encrypts channel secrets; the key is the secret, not the salt
SALT_KEY = env.str("OMNIHUB_SALT_KEY", "omnihub.channel-secrets.v1").strip()

ALLOWED_HOSTS = [
    _url.hostname or "127.0.0.1",
    "127.0.0.1",
    "localhost",
    "[::1]",
    *env.list("OMNIHUB_HOSTS", default=[]),
]
CSRF_FAILURE_VIEW = "omnihub.csrf.failed"
CSRF_TRUSTED_ORIGINS = [f"{_url.scheme}://{_url.netloc}"]

# -- rooms -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "omnihub",
    "unfold.apps.BasicAppConfig",
    "omnihub.admin_apps.HubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "conversations",
    "channels_email",
    "channels_sms",
    "channels_chat",
    "channels_video",
    "clocks",
    "inbox",
    "portal",
    "api",
    "demo",
]
CHANNEL_ADAPTERS = [
    "channels_email.adapter.EmailAdapter",
    "channels_sms.adapter.SmsAdapter",
    "channels_chat.adapter.ChatAdapter",
    "channels_video.adapter.VideoAdapter",
    "portal.adapter.PortalAdapter",
]
# asked for a team's hours, in which its reply targets are reckoned; empty for plain time
TEAM_HOURS = "clocks.hours.of_team"
ROOMS = ["api.room.Api", *(["demo.room.Demo"] if OMNIHUB_DEMO else [])]
# takes what simulated e-mail channels send: deliver(sender=…, recipients=…, content=…)
EMAIL_SIMULATOR = "demo.simulator.deliver" if OMNIHUB_DEMO else ""
# a transport adapter of requests that stands in for the provider of simulated text channels
SMS_SIMULATOR = "demo.network.Transport" if OMNIHUB_DEMO else ""
# a customer's mail reopens a case that was resolved less long ago; later it opens a new one
REOPEN_WINDOW = timedelta(hours=env.int("OMNIHUB_REOPEN_HOURS", 72))
# how long a wake may take before the clock does the work itself
WAKE_GRACE = timedelta(seconds=5)
# raw bytes of processed receipts are let go after this long; quarantined ones never
RAW_KEPT = timedelta(days=env.int("OMNIHUB_RAW_DAYS", 90))

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "omnihub.static.StaticFiles",
    "omnihub.logs.RequestContext",
    "api.middleware.Problems",
    "omnihub.nul.NoNul",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "inbox.middleware.Preferences",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "omnihub.csp.AdminPolicy",
    "omnihub.csp.DoorPolicy",
    "django_htmx.middleware.HtmxMiddleware",
    "omnihub.away.Away",
]
ROOT_URLCONF = "omnihub.urls"
ASGI_APPLICATION = "omnihub.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
            ],
        },
    },
]

# -- data ------------------------------------------------------------------------------------------
DATABASES = {"default": database(env)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL", "redis://127.0.0.1:6379/0").strip()
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "cache",
    },
}
MEDIA_ROOT = OMNIHUB_DATA / "files"
# read from the apps' own folders at every request: development and tests
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = env.bool("OMNIHUB_STATIC_LIVE", DEBUG)
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": MEDIA_ROOT,
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if WHITENOISE_AUTOREFRESH
        else "omnihub.static.Storage",
    },
}
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "omnihub.bundles.BundleFinder",
]
STATIC_URL = "/static/"
STATIC_ROOT = OMNIHUB_DATA / "static"

# -- files: a scanner of your own, `unix:/path` or `tcp:host:port`; empty for none
OMNIHUB_CLAMAV = env.str("OMNIHUB_CLAMAV", "").strip()

# -- chat: what may be said in a minute; 0 for any number -----------------------------------------
CHAT_PER_ADDRESS = env.int("OMNIHUB_CHAT_PER_ADDRESS", 120)  # by one address of the net
CHAT_PER_CHANNEL = env.int("OMNIHUB_CHAT_PER_CHANNEL", 3000)

# -- tasks: Celery only wakes, so a task carries ids, returns nothing and may be lost --------------
CELERY_BROKER_URL = broker_url(REDIS_URL)
_broker_timeout = env.float("OMNIHUB_BROKER_TIMEOUT", 0.2)  # seconds
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "global_keyprefix": "celery:",
    "visibility_timeout": 600,  # seconds; tasks run under a minute
    "socket_timeout": _broker_timeout,
    "socket_connect_timeout": _broker_timeout,
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_RESULT_BACKEND = None
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False
# for a container's health check; a hub of ./hub up needs none
CELERY_WORKER_ENABLE_REMOTE_CONTROL = env.bool("OMNIHUB_WORKER_CONTROL", False)
CELERY_TIMEZONE = "UTC"
# queues by kind of work; a wake names the task only, so the names decide the queue
CELERY_TASK_DEFAULT_QUEUE = "inbound"
CELERY_TASK_ROUTES = {
    "*.deliver*": {"queue": "outbound"},
    "*.send*": {"queue": "outbound"},
    "*.sweep_deliveries*": {"queue": "outbound"},
}

# -- people ----------------------------------------------------------------------------------------
AUTH_USER_MODEL = "conversations.Agent"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/inbox/"
ACCOUNT_ADAPTER = env.str("OMNIHUB_ACCOUNT_ADAPTER", "omnihub.accounts.Adapter")
ACCOUNT_LOGIN_METHODS = {"email", "username"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # agents are invited by e-mail; that proves the address
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_DEFAULT_HTTP_PROTOCOL = _url.scheme
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # the reset form writes to nobody but agents
ACCOUNT_FORMS = {
    "login": "omnihub.accounts.DoorForm",
    "user_token": "omnihub.accounts.TokenForm",
}
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60  # seconds
MFA_TOTP_ISSUER = "OmniHub"
SESSION_COOKIE_AGE = 14 * 24 * 60 * 60  # seconds

# mail of the house itself (invitations, password resets); a channel brings its own server
vars().update(env.email_url("EMAIL_URL", default=f"filemail:///{OMNIHUB_DATA}/mail"))
EMAIL_TIMEOUT = 15  # seconds
DEFAULT_FROM_EMAIL = env.str("OMNIHUB_FROM_EMAIL", f"OmniHub <hub@{_url.hostname}>")

# -- the API for machines --------------------------------------------------------------------------
API_PER_MINUTE = env.int("OMNIHUB_API_PER_MINUTE", 600)  # requests of one token
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.Json"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["api.authentication.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["api.limits.PerToken"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "api.negotiation.JsonForAll",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": None,
    "EXCEPTION_HANDLER": "api.problems.handle",
    "URL_FORMAT_OVERRIDE": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "OmniHub",
    "VERSION": "1",
    "DESCRIPTION": "Everything an agent does at the desk, for programs. docs/api.md is the guide.",
    "OAS_VERSION": "3.1.1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "api.schema.close",
    ],
    "ENUM_NAME_OVERRIDES": {
        "Availability": "conversations.models.Availability",
        "IdentityKind": "conversations.models.IdentityKind",
        "MessageKind": "conversations.models.Kind",
        "DeliveryState": "conversations.models.DeliveryState",
        "ReceiptState": "conversations.models.ReceiptState",
        "CaseStatus": "conversations.models.Status",
        "WebhookType": "api.models.WebhookEventType",
        "WebhookToldType": "api.serializers.webhooks.TOLD",
        "WebhookEventState": "api.models.EventState",
    },
}

# -- languages and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("es", _("Spanish"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_I18N = True
FORMAT_MODULE_PATH = "omnihub.formats"
USE_TZ = True
TIME_ZONE = "UTC"

# -- safety: everything about cookies and transport follows from the scheme of OMNIHUB_URL ---------
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = _https
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # health checks knock without TLS
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if _https else 0
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# sibling host names and the preload list are not ours to decide
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes; raw mail comes by its own streaming door

_socket = f"{'wss' if _https else 'ws'}://{_url.netloc}"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:", "blob:"],
        "media-src": [SELF, "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF, _socket],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

LOGGING = logging_config(env.str("OMNIHUB_LOG_LEVEL", "INFO"))
