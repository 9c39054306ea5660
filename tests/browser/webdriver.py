"""A real browser for the tests: Chromium, spoken to through ChromeDriver's own HTTP protocol.

The W3C WebDriver protocol is JSON over HTTP, so the few commands that the
tests need are a page of code and no dependency.
"""

from __future__ import annotations

import base64
import re
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"
"""The key under which the protocol names an element (W3C WebDriver, 12.1)."""

WAIT = 30.0
_ARGUMENTS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--hide-scrollbars",
    "--lang=en-GB",
)


def missing() -> str | None:
    """What this machine lacks for a browser test; None when it has all."""
    needed = {"chromium": "chromium", "chromedriver": "chromium-driver"}
    absent = [package for program, package in needed.items() if shutil.which(program) is None]
    return f"no {' and '.join(absent)} here: apt-get install -y chromium chromium-driver" if absent else None


class Browser:
    """One browser window."""

    def __init__(self, client: httpx2.Client, session: str) -> None:
        self._client = client
        self._session = session

    def open(self, url: str) -> None:
        """Go to a page and wait until it has loaded, with what it loads after its first paint."""
        self._post("url", {"url": url})
        self._settle()

    @property
    def url(self) -> str:
        """Where the browser is."""
        return str(self._get("url"))

    def text(self, selector: str = "body") -> str:
        """What a reader sees of an element, once nothing of the page is still on its way."""
        self._settle()
        return str(self._get(f"element/{self._find(selector)}/text"))

    def click(self, selector: str) -> None:
        """Click an element."""
        self._post(f"element/{self._find(selector)}/click", {})

    def type(self, selector: str, text: str) -> None:
        """Type into a field."""
        self._post(f"element/{self._find(selector)}/value", {"text": text})

    def run(self, script: str, *arguments: Any) -> Any:
        """What a function body in JavaScript returns."""
        return self._post("execute/sync", {"script": script, "args": list(arguments)})

    def later(self, script: str) -> Any:
        """What a promise in JavaScript, the value of an expression, comes to."""
        body = f"const done = arguments[arguments.length - 1]; ({script}).then(done)"
        return self._post("execute/async", {"script": body, "args": []})

    def everywhere(self, script: str) -> None:
        """Run a script in each page that is opened from now on, before the page's own."""
        self._devtools("Page.addScriptToEvaluateOnNewDocument", {"source": script})

    def press(self, keys: str) -> None:
        """Press keys, one after the other, wherever the focus is."""
        actions = [{"type": kind, "value": key} for key in keys for kind in ("keyDown", "keyUp")]
        self._post("actions", {"actions": [{"type": "key", "id": "keys", "actions": actions}]})

    def wait_for(self, script: str) -> None:
        """Wait until an expression in JavaScript is true."""
        until = time.monotonic() + WAIT
        while not self.run(f"return Boolean({script})"):
            if time.monotonic() > until:
                raise AssertionError(f"never true in the page: {script}")
            time.sleep(0.05)

    def complaints(self) -> list[str]:
        """What the browser has complained of since the last time: refused scripts, missing files."""
        entries = self._post("se/log", {"type": "browser"})
        return [entry["message"] for entry in entries if entry["level"] in ("SEVERE", "WARNING")]

    def resize(self, width: int, height: int, *, dark: bool = False) -> None:
        """Make the window a screen of this size, with a light or a dark scheme."""
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600}
        self._devtools("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self._devtools("Emulation.setEmulatedMedia", {"features": [scheme]})

    def screenshot(self, path: Path, *, whole: bool = True) -> None:
        """Keep a picture of the page, all of it or what the screen shows."""
        picture = self._devtools("Page.captureScreenshot", {"format": "png", "captureBeyondViewport": whole})
        path.write_bytes(base64.b64decode(picture["data"]))

    def _settle(self) -> None:
        self.wait_for("!document.querySelector('[aria-busy=\"true\"]')")

    def _find(self, selector: str) -> str:
        until = time.monotonic() + WAIT
        while True:
            found = self._post("elements", {"using": "css selector", "value": selector})
            if found:
                return str(found[0][ELEMENT])
            if time.monotonic() > until:
                raise AssertionError(f"nothing in the page is {selector}")
            time.sleep(0.05)

    def _devtools(self, command: str, parameters: dict[str, Any]) -> Any:
        return self._post("goog/cdp/execute", {"cmd": command, "params": parameters})

    def _get(self, command: str) -> Any:
        return _value(self._client.get(f"/session/{self._session}/{command}"))

    def _post(self, command: str, body: dict[str, Any]) -> Any:
        return _value(self._client.post(f"/session/{self._session}/{command}", json=body))


@contextmanager
def browser(profile: Path) -> Iterator[Browser]:
    """A fresh Chromium with an empty profile; closed at the end."""
    driver, port = _started()
    try:
        with httpx2.Client(base_url=f"http://127.0.0.1:{port}", timeout=180, trust_env=False) as client:
            made = _value(client.post("/session", json={"capabilities": {"alwaysMatch": _wanted(profile)}}))
            yield Browser(client, made["sessionId"])
            client.delete(f"/session/{made['sessionId']}")
    finally:
        driver.terminate()
        driver.wait(timeout=20)
        assert driver.stdout is not None
        driver.stdout.close()


def _wanted(profile: Path) -> dict[str, Any]:
    options = {"args": [*_ARGUMENTS, f"--user-data-dir={profile}"]}
    return {"browserName": "chrome", "goog:chromeOptions": options, "goog:loggingPrefs": {"browser": "ALL"}}


def _started() -> tuple[subprocess.Popen[str], int]:
    """A driver and its port. It wants the same free port for IPv4 and IPv6, and gives up when it is not."""
    for _ in range(5):
        driver = subprocess.Popen(
            ["chromedriver", "--port=0"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert driver.stdout is not None
        for line in driver.stdout:
            found = re.search(r"started successfully on port (\d+)", line)
            if found:
                return driver, int(found[1])
        driver.wait(timeout=20)
        driver.stdout.close()
    raise AssertionError("ChromeDriver did not start")


def _value(response: httpx2.Response) -> Any:
    value = response.json()["value"]
    if isinstance(value, dict) and "error" in value:
        raise AssertionError(f"{value['error']}: {value['message']}")
    return value
