"""The web process on its own."""

import resource

import pytest

from omnihub.launcher import web


def test_takes_as_many_connections_as_the_machine_allows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["web", "127.0.0.1:0"])
    monkeypatch.setattr("uvicorn.Server.run", lambda _server, sockets: sockets[0].close())
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(512, before[1]), before[1]))
    try:
        web.main()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (before[1], before[1])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
