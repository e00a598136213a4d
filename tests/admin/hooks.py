"""An empty URLconf: the test channel claims a door of its own."""

from typing import Any

urlpatterns: list[Any] = []
