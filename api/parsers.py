"""Bodies that clients send."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import IO, Any, NoReturn

from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser, MultiPartParser

__all__ = ["Json", "MultiPartParser"]


class Json(BaseParser):
    """JSON is UTF-8 whatever the header says (RFC 8259, section 8.1). NaN is not JSON."""

    media_type = "application/json"

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Mapping[str, Any] | None = None,
    ) -> Any:
        try:
            return json.loads(stream.read().decode(), parse_constant=_refuse)
        except RecursionError as error:
            raise ParseError("Nested too deeply.") from error
        except ValueError as error:
            raise ParseError(f"Not JSON: {error}") from error


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
