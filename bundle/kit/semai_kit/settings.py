"""Django settings of an app, made from the installer's environment: an app's settings.py calls base() once."""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

import dj_database_url

from semai_kit.environment import Environment, Mail
from semai_kit.password_rules import password_rules
from semai_kit.region import read_region

SQLITE_PRAGMAS = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA busy_timeout=20000;"
# A database host that went away is noticed in seconds; on a Unix socket these have no effect.
SERVER_OPTIONS = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "tcp_user_timeout": 30_000,
    "options": "-c jit=off",  # compiling a query of a page takes longer than ever answering it
}
MANIFEST = "staticfiles.json"

MIDDLEWARE = (
    "semai_kit.middleware.HealthMiddleware",
    "semai_kit.metrics.MetricsMiddleware",
    "semai_kit.middleware.RequestLogMiddleware",
    "semai_kit.middleware.SecurityHeadersMiddleware",
    "semai_kit.middleware.LanguageMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "semai_kit.once.OnceMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "semai_kit.middleware.AccountMiddleware",
    "semai_kit.middleware.FiscalYearMiddleware",
    "semai_kit.middleware.RefusalMiddleware",
    "axes.middleware.AxesMiddleware",
)

KIT_APPS = (
    "semai_kit",
    "django.contrib.contenttypes",
    "django.contrib.auth",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "auditlog",
    "django_filters",
    "django_tables2",
    "django.forms",
)


def base(app_label: str, url_conf: str, environment: Environment | None = None) -> dict[str, Any]:
    """Settings for the app whose package is `app_label`; reads os.environ unless an environment is given."""
    env = environment or Environment.read(os.environ)
    settings: dict[str, Any] = {
        "DEBUG": False,
        "SECRET_KEY": env.secret_key,
        "ALLOWED_HOSTS": env.allowed_hosts,
        "CSRF_TRUSTED_ORIGINS": [env.origin],
        "INSTALLED_APPS": [*KIT_APPS, app_label],
        "MIDDLEWARE": list(MIDDLEWARE),
        "ROOT_URLCONF": url_conf,
        "DATABASES": {"default": database(env.database_url, env.database_password)},
        "DEFAULT_AUTO_FIELD": "django.db.models.BigAutoField",
        "TEMPLATES": [_templates()],
        "FORM_RENDERER": "semai_kit.forms.KitRenderer",
        "LOGGING": _logging(),
        "SEMAI": env,
    }
    settings.update(
        _identity(env), **_accounts(env), **_cookies(env), **_storage(env), **_libraries(), **_mail(env.mail)
    )
    return settings


def database(url: str, password: str = "") -> dict[str, Any]:
    """Connection settings. SQLite: WAL, FULL sync (an acknowledged row survives a power cut), writers queue.

    The password of a database server comes beside its address, as it is: no escapes, and addresses may be shown.
    """
    config: dict[str, Any] = dict(dj_database_url.parse(url, conn_max_age=600))
    if config["ENGINE"] == "django.db.backends.sqlite3":
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
        }
    else:
        config["CONN_HEALTH_CHECKS"] = True
        config["PASSWORD"] = password or config["PASSWORD"]
        config["OPTIONS"] = {**SERVER_OPTIONS, **config.get("OPTIONS", {})}
    return config


def _identity(env: Environment) -> dict[str, Any]:
    return {
        "LANGUAGE_CODE": "id",
        "LANGUAGES": [("id", "Bahasa Indonesia"), ("en", "English")],
        "FORMAT_MODULE_PATH": "semai_kit.formats",  # numbers and dates are written the Indonesian way in both
        "TIME_ZONE": read_region(env.region_file).time_zone,
        "USE_TZ": True,
        "USE_I18N": True,
        "USE_THOUSAND_SEPARATOR": True,
    }


def _accounts(env: Environment) -> dict[str, Any]:
    return {
        "AUTH_USER_MODEL": "semai_kit.Account",
        "AUTHENTICATION_BACKENDS": ["axes.backends.AxesStandaloneBackend", "semai_kit.accounts.AccountBackend"],
        "AUTH_PASSWORD_VALIDATORS": password_rules(env.answers).validators(),
        "LOGIN_URL": "kit:login",
        "LOGIN_REDIRECT_URL": "/",
        "LOGOUT_REDIRECT_URL": "kit:login",
    }


def _cookies(env: Environment) -> dict[str, Any]:
    # Cookies belong to a host, not to a port: apps on one address are told apart by name.
    prefix = "semai_" + "".join(c if c.isalnum() else "_" for c in env.app)
    return {
        "SESSION_ENGINE": "semai_kit.models.sessions",
        "SESSION_COOKIE_NAME": f"{prefix}_session",
        "CSRF_COOKIE_NAME": f"{prefix}_csrf",
        "LANGUAGE_COOKIE_NAME": f"{prefix}_language",
        "SESSION_COOKIE_SECURE": env.secure,
        "CSRF_COOKIE_SECURE": env.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "CSRF_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "CSRF_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_AGE": 12 * 3600,
        "MESSAGE_STORAGE": "semai_kit.once.Messages",
        "CSRF_FAILURE_VIEW": "semai_kit.views.session.csrf_failure",
        "SECURE_REFERRER_POLICY": "same-origin",
        "SECURE_CONTENT_TYPE_NOSNIFF": True,
        "X_FRAME_OPTIONS": "DENY",
    }


def _storage(env: Environment) -> dict[str, Any]:
    collected = env.static is not None and (env.static / MANIFEST).is_file()
    return {
        "STATIC_URL": "/static/",
        "STATIC_ROOT": str(env.static) if env.static else None,
        "MEDIA_ROOT": str(env.media),
        "MEDIA_URL": "",
        "FILE_UPLOAD_PERMISSIONS": 0o640,
        "DATA_UPLOAD_MAX_MEMORY_SIZE": 5 * 1024 * 1024,
        "DATA_UPLOAD_MAX_NUMBER_FIELDS": 5000,
        "WHITENOISE_USE_FINDERS": not collected,
        "WHITENOISE_KEEP_ONLY_HASHED_FILES": False,
        "STORAGES": {
            "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
            "staticfiles": {"BACKEND": static_storage(collected)},
        },
    }


def static_storage(collected: bool) -> str:
    """Hashed names once the static files are collected; plain names straight from the packages before that."""
    if collected:
        return "semai_kit.storage.SortedManifestStorage"
    return "django.contrib.staticfiles.storage.StaticFilesStorage"


def _templates() -> dict[str, Any]:
    return {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.messages.context_processors.messages",
                "semai_kit.context.frame",
            ],
            "builtins": ["django.templatetags.static", "django.templatetags.i18n", "semai_kit.templatetags.semai"],
        },
    }


def _mail(mail: Mail) -> dict[str, Any]:
    return {
        "EMAIL_HOST": mail.host,
        "EMAIL_PORT": mail.port,
        "EMAIL_HOST_USER": mail.user,
        "EMAIL_HOST_PASSWORD": mail.password,
        "EMAIL_USE_TLS": mail.security == "starttls",
        "EMAIL_USE_SSL": mail.security == "tls",
        "EMAIL_TIMEOUT": 10,
        "DEFAULT_FROM_EMAIL": mail.sender,
    }


def _libraries() -> dict[str, Any]:
    return {
        "AXES_HANDLER": "semai_kit.throttling.GradedThrottle",
        "AXES_FAILURE_LIMIT": 5,
        "AXES_COOLOFF_TIME": timedelta(minutes=15),
        "AXES_LOCKOUT_PARAMETERS": [["username", "ip_address"], "username", "ip_address"],
        "AXES_RESET_ON_SUCCESS": True,
        "AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT": False,
        "AXES_USERNAME_CALLABLE": "semai_kit.throttling.login_name",
        "SEMAI_USERNAME_LIMIT": 150,
        "AXES_CLIENT_IP_CALLABLE": "semai_kit.address.client_address",
        "AXES_LOCKOUT_TEMPLATE": "semai_kit/locked_out.html",
        "AXES_ENABLE_ADMIN": False,
        "AXES_DISABLE_ACCESS_LOG": True,  # logins are in the audit trail
        "AXES_VERBOSE": False,
        "AXES_SENSITIVE_PARAMETERS": ["username", "ip_address", "password"],
        "AUDITLOG_STORE_JSON_CHANGES": False,
        "AUDITLOG_CID_HEADER": None,
        "DJANGO_TABLES2_TEMPLATE": "semai_kit/table.html",
    }


def _logging() -> dict[str, Any]:
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": "semai_kit.logs.JsonFormatter"}},
        "handlers": {
            "requests": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "json"},
            "errors": {"class": "logging.StreamHandler", "stream": "ext://sys.stderr", "formatter": "json"},
        },
        "root": {"handlers": ["errors"], "level": "WARNING"},
        "loggers": {
            "semai.requests": {"handlers": ["requests"], "level": "INFO", "propagate": False},
            "django": {"handlers": ["errors"], "level": "ERROR", "propagate": False},
            "axes": {"handlers": ["errors"], "level": "ERROR", "propagate": False},
        },
    }
