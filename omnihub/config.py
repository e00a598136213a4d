"""How the environment's words become Django's settings."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import environ


def secret_key(env: environ.Env, data: Path) -> str:
    """OMNIHUB_SECRET_KEY, its file, or the data folder's own; with "" Django refuses by itself."""
    given: str = env.str("OMNIHUB_SECRET_KEY", "").strip()
    kept = data / "secret_key"
    if given or not kept.is_file():
        return given
    return kept.read_text().strip()


def database(env: environ.Env) -> dict[str, Any]:
    """DATABASE_URL with a pool; `postgres://user@/name?host=/folder` is a socket in a folder."""
    raw = env.str("DATABASE_URL", "postgres:///omnihub").strip()
    config: dict[str, Any] = environ.Env.db_url_config(raw)
    if config["ENGINE"] != "django.db.backends.postgresql":
        raise environ.ImproperlyConfigured("DATABASE_URL must name a PostgreSQL server.")
    size = env.int("OMNIHUB_DB_POOL", 10)
    # processes that fork or live for one command set OMNIHUB_DB_POOL=0
    pool: bool | dict[str, Any] = (
        {"min_size": 0, "max_size": size, "timeout": 10} if size else False
    )
    options = {**config.get("OPTIONS", {}), "pool": pool}
    # apart from the address, so that it can be a file of its own
    if password := env.str("OMNIHUB_DATABASE_PASSWORD", "").strip():
        config["PASSWORD"] = password
    # a pooled connection may have died with a server that is back: ask before handing it out
    return {**config, "CONN_MAX_AGE": 0, "CONN_HEALTH_CHECKS": True, "OPTIONS": options}


def broker_url(redis_url: str) -> str:
    """redis-py and kombu write a unix socket's address differently."""
    url = urlsplit(redis_url)
    if url.scheme != "unix":
        return redis_url
    number = parse_qs(url.query).get("db", ["0"])[0]
    return f"redis+socket://{url.path}?virtual_host={number}"
