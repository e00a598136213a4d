"""What this kind's codes mean, for people."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

TEXTS: Mapping[str, _StrPromise | str] = {
    "receives_only": _("Films come in here; nothing goes out."),
    "not_an_upload": _("A note that names no film."),
    "unknown_file": _("The file that it names is not there."),
    "file_of_another_size": _("The file that it names is of another size."),
}
