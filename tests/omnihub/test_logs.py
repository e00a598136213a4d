"""What the log keeps, and what it does not."""

import io
import logging
import logging.config
import secrets
from collections.abc import Iterator

import pytest

from omnihub.logs import logging_config


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    config, out = logging_config("INFO"), io.StringIO()
    handler = logging.StreamHandler(out)
    handler.setFormatter(config["formatters"]["json"]["()"]())
    log = logging.getLogger("django.request")
    log.addHandler(handler)
    yield out
    log.removeHandler(handler)


@pytest.mark.parametrize("path", ["/u/{}/.", "/p/{}/", "/u/{}"])
def test_a_link_is_no_secret_that_a_log_keeps(said: io.StringIO, path: str) -> None:
    token = secrets.token_urlsafe(32)
    logging.getLogger("django.request").warning("Not Found: %s", path.format(token))
    assert token not in said.getvalue()
    assert f"Not Found: {path.format('…')}" in said.getvalue()
