"""Mails of other projects, read where they lie (OMNIHUB_CORPORA); none is part of this one."""

import os
from pathlib import Path


def mails() -> list[Path]:
    """Every mail of the kinds `mail-*` and `html-mail`, in a fixed order."""
    root = Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere")
    kinds = sorted([*root.glob("mail-*"), *root.glob("html-mail")])
    files = [path for kind in kinds for path in sorted(kind.rglob("*")) if path.is_file()]
    return [path for path in files if not path.name.startswith("_") and path.suffix != ".json"]
