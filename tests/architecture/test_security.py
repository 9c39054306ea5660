"""The table of threats names tests that exist, and leaves no threat out."""

from __future__ import annotations

import re
import shutil
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.sources import ROOT
from tests.service.served import served

ROWS = re.findall(
    r"^\| (T\d+|SSO) \|.*$", (ROOT / "docs/security.md").read_text(encoding="utf-8"), re.MULTILINE
)
IDS = re.findall(r"`([\w/]+\.py)(?:::(test_\w+))?`", (ROOT / "docs/security.md").read_text(encoding="utf-8"))


LOCKED = (ROOT / "requirements.lock").read_text(encoding="utf-8")
FLOORS = {
    "starlette": "0.49.1",  # CVE-2025-62727
    "jinja2": "3.1.6",  # CVE-2025-27516
    "python-multipart": "0.0.18",  # CVE-2024-53981
    "cryptography": "44.0.1",  # CVE-2024-12797
    "h11": "0.16.0",  # CVE-2025-43859
    "pyjwt": "2.10.1",  # CVE-2024-53861
    "requests": "2.32.4",  # CVE-2024-47081
    "urllib3": "2.5.0",  # CVE-2025-50181
    "certifi": "2024.7.4",  # CVE-2024-39689
}
NEVER = frozenset({"lxml", "python-jose", "pyyaml"})


def test_every_dependency_is_locked_with_its_hashes_and_none_is_known_to_be_broken() -> None:
    """No advisories can be asked for in the tests: these are the floors that we know of."""
    entries = [entry for entry in re.split(r"\n(?=\S)", LOCKED) if not entry.startswith("#")]
    versions = {}
    for entry in entries:
        name, version = re.match(r"([\w.-]+)(?:\[[\w,]+\])?==([\w.]+)", entry).groups()  # type: ignore[union-attr]
        assert "--hash=sha256:" in entry, name
        versions[name.lower()] = tuple(int(part) for part in re.findall(r"\d+", version))
    assert not NEVER & versions.keys()
    for name, floor in FLOORS.items():
        wanted = tuple(int(part) for part in floor.split("."))
        assert versions.get(name, wanted) >= wanted, name


def test_the_image_is_small_and_nobody_in_it_is_root() -> None:
    lines = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8")).splitlines()
    said = [line.split(maxsplit=1) for line in lines if line.strip() and not line.startswith("#")]
    by_name = {name: [rest for each, rest in said if each == name] for name, _ in said}
    assert by_name.keys() <= {
        *("FROM", "ENV", "COPY", "RUN", "USER", "WORKDIR", "VOLUME", "EXPOSE", "STOPSIGNAL", "HEALTHCHECK"),
        *("ENTRYPOINT", "CMD"),
    }, "no ADD, which unpacks and downloads"
    (base,) = by_name["FROM"]
    assert re.fullmatch(r"python:3\.\d+-slim(@sha256:[0-9a-f]{64})?", base)
    (user,) = by_name["USER"]
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user), "by number, so that a platform sees it is not root"
    order = [name for name, _ in said]
    assert "RUN" not in order[order.index("USER") :] and "COPY" not in order[order.index("USER") :]
    runs = " ".join(by_name["RUN"])
    assert "--require-hashes" in runs and not re.search(r"curl|wget|apt|git ", runs)
    assert not re.search(r"(?i)secret|password|token", " ".join(by_name["ENV"]))
    for name in ("ENTRYPOINT", "HEALTHCHECK"):
        assert "[" in by_name[name][0], "no shell between"
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*", "what goes in is named"


_reached: list[str] | None = None


def _watch(event: str, arguments: Sequence[Any]) -> None:
    if _reached is None:
        return
    if event == "socket.getaddrinfo":
        _reached.append(str(arguments[0]))
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        _reached.append(str(arguments[1][0]))


def test_nothing_is_reached_that_is_not_configured(
    sqlite_template: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A whole contact and every page that needs no key: no name is looked up and nothing connected to."""
    copy = tmp_path / "muster.db"
    shutil.copyfile(sqlite_template, copy)
    sys.addaudithook(_watch)  # for good; it looks at nothing but in this test
    reached: list[str] = []
    monkeypatch.setattr(sys.modules[__name__], "_reached", reached)
    with served(f"sqlite:///{copy}") as client:
        client.put("/v1/accounts/a", json={"name": "Acme", "domains": ["acme.co.uk"]})
        sent = {"email": "ana@mail.acme.co.uk", "company": "Acme"}
        assert client.post("/v1/contacts", json=sent).json()["match"]["account_id"] == "a"
        for path in ("/docs", "/openapi.json", "/readyz", "/metrics", "/reconcile", "/console/sign-in"):
            assert client.get(path).status_code == 200, path
        assert reached == []
        socket.getaddrinfo("localhost", 80)
    assert reached == ["localhost"], "the watch watches"


def test_every_threat_has_a_row() -> None:
    assert [*(f"T{number}" for number in range(1, 36)), "SSO"] == ROWS


def test_a_test_that_is_named_exists() -> None:
    texts = {file: (ROOT / "tests" / file).read_text(encoding="utf-8") for file, _ in IDS}
    assert [(file, name) for file, name in IDS if name and f"def {name}(" not in texts[file]] == []
