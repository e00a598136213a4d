"""./hub shots [DIR]: pictures of the running demo, or of one started for them."""

import itertools
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from omnihub.launcher import process
from omnihub.launcher.binaries import ServiceError
from omnihub.launcher.console import say
from omnihub.launcher.environment import ROOT
from omnihub.launcher.pages import PAGES, Page
from omnihub.launcher.state import data_folder

VIEWPORTS = {"1440": (1440, 900), "390": (390, 844)}
SCHEMES = ("light", "dark")
LANGUAGES = ("en", "es")


def run(arguments: list[str]) -> int:
    """Writes `<page>-<scheme>-<width>-<language>.png` into DIR (var/shots) and names each."""
    target = Path(arguments[0] if arguments else ROOT / "var/shots").resolve()
    target.mkdir(parents=True, exist_ok=True)
    note = data_folder(None).read()
    if note.get("url") and process.alive(int(note.get("pid", 0))):
        _take(note["url"], Path(note["env"]["OMNIHUB_DATA"]), target)
        return 0
    with tempfile.TemporaryDirectory(prefix="hub-shots-") as folder:
        return _with_own_hub(Path(folder), target)


def _with_own_hub(data: Path, target: Path) -> int:
    """A demo on a folder of its own, so that pictures repeat."""
    argv = [sys.executable, "-P", "-m", "omnihub.launcher", "up", "--port", "0"]
    env = {k: v for k, v in os.environ.items() if k != "OMNIHUB_URL"}
    hub = subprocess.Popen([*argv, "--data", str(data)], stdout=subprocess.PIPE, text=True, env=env)
    try:
        line = hub.stdout.readline() if hub.stdout else ""
        if "ready at " not in line:
            return hub.wait() or 1
        _take(line.split("ready at ")[1].split("/ ")[0], data, target)
        return 0
    finally:
        hub.terminate()
        hub.wait(15)


def _take(url: str, data: Path, target: Path) -> None:
    from playwright.sync_api import sync_playwright

    logins = {one["role"]: one for one in reversed(_logins(data))}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"))
        for language, width, role in itertools.product(LANGUAGES, VIEWPORTS, sorted(logins)):
            pages = [page for page in PAGES if page.role == role]
            if not pages:
                continue
            wide, high = VIEWPORTS[width]
            context = browser.new_context(
                viewport={"width": wide, "height": high}, locale=language, reduced_motion="reduce"
            )
            _log_in(context, url, logins[role])
            _walk(context, url, target, f"{width}-{language}", pages)
            context.close()
        browser.close()


def _walk(context: Any, url: str, target: Path, suffix: str, pages: list[Page]) -> None:
    for page in pages:
        tab = context.new_page()
        for scheme in SCHEMES:
            tab.emulate_media(color_scheme=scheme)
            if _open(tab, url, page):
                name = f"{page.name}-{scheme}-{suffix}.png"
                tab.screenshot(path=target / name)
                say(str(target / name))
        tab.close()


def _open(tab: Any, url: str, page: Page) -> bool:
    """Go there by address or, from there, by the first link that `follow` selects."""
    answer = tab.goto(url + page.path)
    if page.follow and tab.locator(page.follow).count():
        tab.goto(url + tab.locator(page.follow).first.get_attribute("href"))
    if answer is None or not answer.ok:
        say(f"{page.name}: {page.path} answers {answer.status if answer else 'nothing'}; left out")
        return False
    tab.wait_for_load_state("networkidle")
    return True


def _log_in(context: Any, url: str, login: dict[str, str]) -> None:
    tab = context.new_page()
    tab.goto(f"{url}/accounts/login/")
    tab.fill("input[name=login]", login["email"])
    tab.fill("input[name=password]", login["password"])
    tab.press("input[name=password]", "Enter")
    tab.wait_for_url(f"{url}/inbox/**")
    tab.close()


def _logins(data: Path) -> list[dict[str, str]]:
    try:
        logins: list[dict[str, str]] = json.loads((data / "demo_logins.json").read_text())
    except OSError as error:
        raise ServiceError("Pictures are taken of the demo; this data folder has none.") from error
    return logins
