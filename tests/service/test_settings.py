from __future__ import annotations

from pathlib import Path

import pytest

from service.settings import Settings, SettingsError, settings_table, unknown_variables


def test_nothing_needs_to_be_set() -> None:
    settings = Settings.from_env({})
    assert settings.sqlite
    assert settings.works
    assert settings.base_url == "http://127.0.0.1:8000"


def test_options_stand_above_the_environment() -> None:
    settings = Settings.from_env({"MUSTER_PORT": "9000", "MUSTER_HOST": "0.0.0.0"}, port=9001, host=None)
    assert (settings.port, settings.host) == (9001, "0.0.0.0")


def test_an_empty_variable_is_not_set() -> None:
    assert Settings.from_env({"MUSTER_PORT": ""}).port == 8000


def test_a_secret_can_come_from_a_file(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("0123456789abcdef\n", encoding="utf-8")
    found = Settings.from_env({"MUSTER_BOOTSTRAP_KEY_FILE": str(file)}).bootstrap_key
    assert found is not None
    assert found.get_secret_value() == "0123456789abcdef"


def test_a_secret_is_given_once(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="both set"):
        Settings.from_env({"MUSTER_SECRET_KEY": "x" * 32, "MUSTER_SECRET_KEY_FILE": str(tmp_path)})


def test_a_file_that_cannot_be_read_is_named_by_its_variable(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="MUSTER_SECRET_KEY_FILE"):
        Settings.from_env({"MUSTER_SECRET_KEY_FILE": str(tmp_path / "none")})


def test_every_wrong_variable_is_named_at_once_and_no_value_repeated() -> None:
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"MUSTER_PORT": "http", "MUSTER_SECRET_KEY": "hunter2", "MUSTER_MAX_BODY": "1"})
    said = str(caught.value)
    assert all(name in said for name in ("MUSTER_PORT", "MUSTER_SECRET_KEY", "MUSTER_MAX_BODY"))
    assert "hunter2" not in said


def test_a_wrong_variable_says_what_would_be_right_in_words() -> None:
    wrong = {
        "MUSTER_PUBLIC_URL": ("muster.example.com", "must be an address with http:// or https://"),
        "MUSTER_OIDC_ISSUER": ("http://login.example.com", "must be an address with https://"),
        "MUSTER_BOOTSTRAP_KEY": ("short", "must have at least 16 characters"),
        "MUSTER_SECRET_KEY": ("short", "must have at least 32 characters"),
        "MUSTER_TRUSTED_PROXIES": ("10.0.0.1, 10.0.0", "must be addresses or networks"),
        "MUSTER_DELIVERY_ALLOW": ("10.0.0.0/99", "'10.0.0.0/99' is not an address or network"),
    }
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({name: value for name, (value, _) in wrong.items()})
    lines = str(caught.value).splitlines()
    for name, (_, right) in wrong.items():
        assert any(line.startswith(f"{name}: {right}") for line in lines), (name, lines)


LONG, LONGER = "k" * 32, "l" * 64


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ("short", "key 1 of 1 has 5 characters"),
        (f"{LONG},short", "key 2 of 2 has 5 characters"),
        (f"{LONG[1:]}, {LONGER},abc", "key 1 of 3 has 31 characters; key 3 of 3 has 3 characters"),
        ("," * 40, "there is no key between the commas"),
    ],
)
def test_a_wrong_encryption_key_is_named_by_its_place(keys: str, said: str) -> None:
    right = "; each key must have at least 32, with commas between the keys"
    with pytest.raises(SettingsError) as caught:
        Settings.from_env({"MUSTER_ENCRYPTION_KEYS": keys})
    assert str(caught.value) == f"MUSTER_ENCRYPTION_KEYS: {said}{right}"


@pytest.mark.parametrize("keys", [LONG, f"{LONG},{LONGER}", f" {LONG} ,\n{LONGER} ", f"{LONG},"])
def test_encryption_keys_are_one_or_several(keys: str) -> None:
    assert Settings.from_env({"MUSTER_ENCRYPTION_KEYS": keys}).encryption_keys is not None


def test_proxies_are_addresses_networks_or_everybody() -> None:
    for value in ("127.0.0.1", "10.0.0.0/8, ::1", "*"):
        assert Settings.from_env({"MUSTER_TRUSTED_PROXIES": value}).trusted_proxies == value


def test_secrets_do_not_show() -> None:
    settings = Settings.from_env(
        {"MUSTER_DATABASE_URL": "postgresql://muster:hunter2@db/muster", "MUSTER_SECRET_KEY": "hunter2" * 8}
    )
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("variables", "works"),
    [
        ({}, True),
        ({"MUSTER_WORKER": "false"}, False),
        ({"MUSTER_DATABASE_URL": "postgresql://db/muster"}, False),
        ({"MUSTER_DATABASE_URL": "postgresql://db/muster", "MUSTER_WORKER": "true"}, True),
    ],
)
def test_the_worker_is_inside_on_sqlite(variables: dict[str, str], works: bool) -> None:
    assert Settings.from_env(variables).works is works


@pytest.mark.parametrize(
    ("variables", "address"),
    [
        ({"MUSTER_HOST": "0.0.0.0", "MUSTER_PORT": "80"}, "http://127.0.0.1:80"),
        ({"MUSTER_HOST": "::1"}, "http://[::1]:8000"),
        ({"MUSTER_PUBLIC_URL": "https://muster.example.com/"}, "https://muster.example.com"),
    ],
)
def test_the_base_url(variables: dict[str, str], address: str) -> None:
    assert Settings.from_env(variables).base_url == address


def test_networks_are_a_list() -> None:
    found = Settings.from_env({"MUSTER_DELIVERY_ALLOW": "10.1.0.0/16, 127.0.0.2:9000"}).delivery_allow
    assert [(str(allowed.network), allowed.port) for allowed in found] == [
        ("10.1.0.0/16", None),
        ("127.0.0.2/32", 9000),
    ]


def test_a_misspelt_variable_is_noticed() -> None:
    assert unknown_variables({"MUSTER_DATABSE_URL": "x", "MUSTER_PORT": "1", "PATH": ""}) == [
        "MUSTER_DATABSE_URL"
    ]


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in Settings.model_fields.values())
    assert settings_table().count("\n") == len(Settings.model_fields) + 1
