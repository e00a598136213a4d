"""./hub up behind real processes: side by side, killed, stopped."""

import os
import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from omnihub.launcher import process
from tests.launcher.hub import Hub, passable, until

PARTS = ["omnihub.launcher.web", "-m celery", "run_clock", "bin/postgres", "valkey-server"]


@pytest.fixture(scope="module")
def hub() -> Iterator[Hub]:
    with passable() as folder:
        yield from _running(folder)


def _running(folder: Path) -> Iterator[Hub]:
    hub = Hub(data=folder).start()
    yield hub
    if hub.running.poll() is None:
        hub.end()


@pytest.fixture
def folder() -> Iterator[Path]:
    with passable() as folder:
        yield folder


@pytest.mark.slow
def test_two_hubs_run_side_by_side(hub: Hub, folder: Path) -> None:
    other = Hub(data=folder).start()
    assert other.url != hub.url
    until(other.is_well)
    until(hub.is_well)
    assert other.end() < 10
    assert other.family() == []
    assert hub.is_well()


def test_a_second_hub_on_the_same_folder_is_refused_by_name(hub: Hub) -> None:
    second = Hub(data=hub.data)
    second.launch()
    assert second.running.wait(20) == 1
    assert f"pid {hub.running.pid}) at {hub.url}" in second.error()
    second.end()


def test_an_occupied_port_is_said_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        hub = Hub(data=folder, arguments=("--port", str(port)))
        hub.launch()
        assert hub.running.wait(20) == 1
    assert f"Port {port}" in hub.error()
    assert "--port" in hub.error()
    assert not (folder / "pg").exists()
    hub.end()


@pytest.mark.faults
@pytest.mark.parametrize("part", PARTS)
def test_a_killed_part_comes_back(hub: Hub, part: str) -> None:
    until(lambda: hub.pid_of(part) is not None)
    before = hub.pid_of(part)
    assert before
    os.kill(before, signal.SIGKILL)
    until(lambda: hub.pid_of(part) not in (None, before))
    until(hub.is_well)


@pytest.mark.slow
@pytest.mark.faults
def test_after_the_launcher_is_killed_the_next_one_recovers(hub: Hub) -> None:
    hub.end(signal.SIGKILL)
    again = Hub(data=hub.data).start()
    try:
        until(again.is_well)
        assert set(again.family()) >= {again.pid_of(part) for part in PARTS}
    finally:
        assert again.end(signal.SIGINT) < 10
    assert again.family() == []


@pytest.mark.slow
@pytest.mark.faults
@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0, 4.0])
def test_a_start_killed_in_the_middle_leaves_nothing_that_hinders(
    folder: Path, seconds: float
) -> None:
    first = Hub(data=folder)
    first.launch()
    process.wait_gone(lambda: False, seconds)
    first.end(signal.SIGKILL)
    again = Hub(data=folder).start()
    until(again.is_well)
    assert again.end() < 10
    assert again.family() == []


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.2, 0.6, 1.0, 1.5, 2.0, 2.5, 3.0])
def test_a_start_can_be_stopped_at_any_moment(folder: Path, seconds: float) -> None:
    hub = Hub(data=folder)
    hub.launch()
    process.wait_gone(lambda: False, seconds)
    assert hub.end() < 10
    assert hub.family() == []


@pytest.mark.slow
@pytest.mark.faults
def test_everything_killed_at_once_recovers(folder: Path) -> None:
    hub = Hub(data=folder).start()
    until(lambda: all(hub.pid_of(part) for part in PARTS))
    for pid in [hub.running.pid, *hub.family()]:
        process.tell(pid, signal.SIGKILL)
    hub.end(signal.SIGKILL)
    again = Hub(data=folder).start()
    until(again.is_well)
    assert again.end() < 10
    assert again.family() == []
