"""Settings: environment over file over default; an unknown name is refused."""

from pathlib import Path

import pytest

from candor.infra.settings import KNOWN, BadSetting, Secret, Settings, read


def given(tmp_path: Path, text: str = "", **environment: str) -> dict[str, str]:
    """Return an environment with a configuration file."""
    file = tmp_path / "candor.toml"
    file.write_text(text, encoding="utf-8")
    return {"CANDOR_CONFIG": str(file), **environment}


@pytest.mark.parametrize("name", ["CANDOR_PROT", "CANDOR_", "CANDOR_DATABASE", "CANDOR_PORT_"])
def test_an_unknown_name_in_the_environment_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.load(given(tmp_path, **{name: "1"}))
    assert "port" in caught.value.hint


def test_an_unknown_name_in_the_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.load(given(tmp_path, "prot = 1"))
    assert "prot" in caught.value.message


def test_an_unknown_name_never_shows_its_value(tmp_path: Path) -> None:
    with pytest.raises(BadSetting) as caught:
        Settings.load(given(tmp_path, CANDOR_PASSWORD="hunter2"))
    assert "hunter2" not in caught.value.message + caught.value.hint


def test_the_environment_counts_before_the_file_and_the_file_before_the_default(
    tmp_path: Path,
) -> None:
    found = read(given(tmp_path, 'port = 1\nhost = "::1"', CANDOR_PORT="2"))
    assert (found["port"].text, found["port"].origin) == ("2", "CANDOR_PORT")
    assert (found["host"].text, found["host"].origin) == ("::1", str(tmp_path / "candor.toml"))
    assert (found["log_level"].text, found["log_level"].origin) == ("info", "default")


def test_other_names_of_the_environment_are_not_ours(tmp_path: Path) -> None:
    assert Settings.load(given(tmp_path, PATH="/bin", CANDORX="1")).port == 8700


@pytest.mark.parametrize("port", ["x", "-1", "1.5", ""])
def test_a_port_is_a_whole_number(tmp_path: Path, port: str) -> None:
    with pytest.raises(BadSetting):
        Settings.load(given(tmp_path, CANDOR_PORT=port))


@pytest.mark.asvs("16.2.5")
def test_secrets_are_masked_when_they_are_printed(tmp_path: Path) -> None:
    url = "postgresql://candor:hunter2@db/candor"
    settings = Settings.load(given(tmp_path, CANDOR_DATABASE_URL=url))
    assert "hunter2" not in repr(settings)
    assert repr(Secret("")) == "<not set>"
    assert not settings.is_embedded
    assert settings.owner_url == url


def test_every_setting_is_explained() -> None:
    assert all(known.meaning for known in KNOWN.values())
    secret = {name for name, known in KNOWN.items() if known.is_secret}
    assert {"database_url", "owner_url"} <= secret
