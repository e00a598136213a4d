"""./hub bench NAME: a measured comparison, on fresh servers that write through to the disk."""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from omnihub.launcher import process
from omnihub.launcher.children import ROOT
from omnihub.launcher.stack import Stack
from omnihub.launcher.state import Folder


def run(arguments: list[str]) -> int:
    """The bench's exit code; without a name, the list of what can be measured."""
    names = sorted(file.stem for file in (ROOT / "bench").glob("[a-z]*.py"))
    if not arguments or arguments[0] not in names:
        sys.stderr.write(f"./hub bench {{{','.join(names)}}}\n")
        return 2
    process.become_subreaper()
    with tempfile.TemporaryDirectory(prefix="hub-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL may run as another user beneath
        return _measure(Stack(Folder(Path(folder)), quiet=True), arguments)


def _measure(stack: Stack, arguments: list[str]) -> int:
    try:
        stack.start()
        env = {**os.environ, **stack.environment(url="http://127.0.0.1:8000", demo=True)}
        env |= {"PYTHONPATH": str(ROOT), "OMNIHUB_DB_POOL": "0", "OMNIHUB_STATIC_LIVE": "true"}
        subprocess.run([sys.executable, ROOT / "manage.py", "migrate", "-v0"], env=env, check=True)
        bench = [sys.executable, "-m", f"bench.{arguments[0]}", *arguments[1:]]
        return subprocess.run(bench, env=env, cwd=ROOT, check=False).returncode
    finally:
        stack.stop()
