"""The launcher's command line, inside the environment."""

import argparse
import os
import sys

from omnihub.launcher.binaries import ServiceError
from omnihub.launcher.console import say

HELP = """\
commands:
  up            start everything and stay; --host --port --data DIR --no-demo
  test [ARGS]   run every check, or pytest with ARGS; --all adds the long proofs
  manage ...    Django's manage.py with the hub's environment and servers
  shots [DIR]   take the screenshots
  bench NAME    a measured comparison, on servers of its own

OMNIHUB_DATA names the data folder, DATABASE_URL and REDIS_URL your own servers,
OMNIHUB_URL the address people open. More: docs/operating.md
"""


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(
        prog="./hub",
        formatter_class=argparse.RawDescriptionHelpFormatter,
        description="OmniHub: one conversation per customer, over every channel.",
        epilog=HELP,
        usage="./hub {up,test,manage,shots,bench} ...",
    )
    commands = top.add_subparsers(
        dest="command", required=True, metavar="", title=argparse.SUPPRESS
    )
    up = commands.add_parser("up", prog="./hub up")
    up.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    up.add_argument("--port", type=int, default=8000, help="0 takes a free one (8000)")
    up.add_argument("--data", metavar="DIR", help="data folder (OMNIHUB_DATA, else ./data)")
    up.add_argument("--no-demo", action="store_true", help="start empty, for your own company")
    return top


def main(arguments: list[str]) -> int:
    """Exit code; `manage` and `test` hand their arguments on unread."""
    command, rest = (arguments[0], arguments[1:]) if arguments else ("--help", [])
    if command == "manage":
        from omnihub.launcher.manage import run as manage

        try:
            return manage(rest)
        except ServiceError as error:
            say(str(error))
            return os.EX_TEMPFAIL  # a mail program that pipes to us keeps the mail and tries again
    if command == "test":
        from omnihub.launcher.checks import run as test

        return test(rest)
    if command == "bench":
        from omnihub.launcher.bench import run as bench

        return bench(rest)
    if command == "shots":
        from omnihub.launcher.shots import run as shots

        return shots(rest)
    from omnihub.launcher.up import run as up

    return up(parser().parse_args([command, *rest]))


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except ServiceError as error:
        sys.exit(str(error))
