"""What a shell says of Python does not reach the environment's own."""

import json
import os
import subprocess
import sys

from omnihub.launcher.environment import BYTECODE, inside


def test_compiled_modules_are_kept_and_not_beside_the_sources() -> None:
    told = "import json, sys; print(json.dumps([sys.dont_write_bytecode, sys.pycache_prefix]))"
    env = inside({**os.environ, "PYTHONDONTWRITEBYTECODE": "1"})
    done = subprocess.run([sys.executable, "-c", told], env=env, capture_output=True, check=True)
    assert json.loads(done.stdout) == [False, str(BYTECODE)]
