"""The desk of the inbox's tests, seen by somebody who means harm."""

from tests.inbox.conftest import (  # noqa: F401  # fixtures
    desk,
    htmx,
    legal,
    marco,
    priya,
    provider,
    support,
    team,
    warranty,
)
