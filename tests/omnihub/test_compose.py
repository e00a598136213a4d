"""docker-compose.yml and the Dockerfile, as far as they can be judged without an engine."""

import importlib.util
import re
from typing import Any

import pytest
import yaml
from django.core.management import get_commands

from omnihub.launcher.environment import ROOT

# the words of the Compose specification that a service may use, as far as we use any
SERVICE = {
    "build",
    "image",
    "restart",
    "init",
    "read_only",
    "tmpfs",
    "cap_drop",
    "security_opt",
    "volumes",
    "secrets",
    "environment",
    "depends_on",
    "shm_size",
    "healthcheck",
    "user",
    "command",
    "stop_grace_period",
    "ports",
}
HEALTH = {"test", "interval", "timeout", "retries", "start_period"}
DURATION = re.compile(r"^\d+(ms|s|m|h)$")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build")}


def test_only_words_of_the_specification_are_used() -> None:
    tops = {name for name in COMPOSE if not name.startswith("x-")}
    assert tops == {"name", "services", "secrets", "volumes"}
    for service in SERVICES.values():
        assert set(service) <= SERVICE
        assert set(service.get("healthcheck", {})) <= HEALTH


def test_what_a_service_names_is_declared() -> None:
    for service in SERVICES.values():
        assert set(service.get("secrets", [])) <= set(COMPOSE["secrets"])
        assert set(service.get("depends_on", {})) <= set(SERVICES)
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert (ROOT / source).exists() if source[0] == "." else source in COMPOSE["volumes"]


def test_durations_are_durations_and_waits_can_come_true() -> None:
    for service in SERVICES.values():
        health = service.get("healthcheck", {})
        for word in HEALTH - {"test", "retries"}:
            assert DURATION.match(health.get(word, "1s"))
        for name, wait in service.get("depends_on", {}).items():
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[name]


def _python(argv: list[str]) -> bool:
    """Is this python command line one that this checkout can run?"""
    if argv[1] == "manage.py":
        return argv[2] in get_commands()
    return argv[1] == "-m" and importlib.util.find_spec(argv[2]) is not None


@pytest.mark.parametrize("name", sorted(OURS))
def test_every_command_line_exists(name: str) -> None:
    service = OURS[name]
    lines = [service["command"]]
    if "healthcheck" in service:
        assert service["healthcheck"]["test"][0] == "CMD"
        lines.append(service["healthcheck"]["test"][1:])
    for line in lines:
        assert line[0] == "python"
        assert _python(line), line


def test_the_worker_consumes_what_the_launcher_s_does() -> None:
    from omnihub.launcher.children import family

    worker = next(child for child in family({}, ROOT, 0) if child.name == "worker")
    assert worker.arguments == OURS["worker"]["command"][1:]


def test_no_secret_stands_in_the_environment() -> None:
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            if re.search("PASSWORD|SECRET", name):
                assert name.endswith("_FILE"), name
                assert str(value).startswith("/run/secrets/")


def test_the_image_runs_as_an_ordinary_user() -> None:
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    users = [line.split()[1] for line in lines if line.startswith("USER ")]
    assert users == ["hub"]
    commands = [line for line in lines if line.startswith("CMD ")]
    assert lines.index("USER hub") < lines.index(commands[-1])
