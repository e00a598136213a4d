"""What this machine cannot run is left out, and said before pytest's closing line."""

import os
import shutil
from collections import Counter
from pathlib import Path

import pytest

REASONS = {
    "browser": "Chromium is not installed",
    "dovecot": "Dovecot is not installed",
    "corpora": "OMNIHUB_CORPORA is not set",
}


def chromium() -> str | None:
    """The program's path. Playwright's own download is never used."""
    return shutil.which("chromium") or shutil.which("chromium-browser")


def _absent() -> set[str]:
    missing = set()
    if chromium() is None or not _drives():
        missing.add("browser")
    if not Path("/usr/sbin/dovecot").exists():
        missing.add("dovecot")
    if not Path(os.environ.get("OMNIHUB_CORPORA") or "/nowhere").exists():
        missing.add("corpora")
    return missing


def _drives() -> bool:
    """Playwright's own node needs libatomic, which a lean machine lacks."""
    places = ("/usr/lib", "/lib", "/usr/lib64", "/usr/local/lib")
    return any(next(Path(place).glob("**/libatomic.so.1"), None) for place in places)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    absent = _absent()
    for item in items:
        for mark in absent.intersection(marker.name for marker in item.iter_markers()):
            item.add_marker(pytest.mark.skip(reason=REASONS[mark]))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(_reason(report.longrepr) for report in skipped)
    if reasons:
        terminalreporter.section("not run here")
    for reason, count in sorted(reasons.items()):
        terminalreporter.line(f"{count} tests: {reason}")


def _reason(longrepr: object) -> str:
    if isinstance(longrepr, tuple):  # (path, line, "Skipped: why")
        return str(longrepr[2]).removeprefix("Skipped: ")
    return str(longrepr)
