"""The command: what it prints, and the exit codes that a pipeline relies on."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from candor.cli.catalogue import app
from candor.domain.catalogue.writing import as_toml
from candor.infra.db.embedded import Urls
from tests.factories.catalogue import make_channel, make_document, make_topic

run = CliRunner()


@pytest.fixture
def folder(database_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a folder with a small catalogue, beside a database of its own."""
    monkeypatch.setenv("CANDOR_DATABASE_URL", database_urls.app)
    monkeypatch.setenv("CANDOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    files = tmp_path / "declared"
    files.mkdir()
    write(files)
    return files


def write(folder: Path, **changes: object) -> None:
    (folder / "all.toml").write_text(as_toml(make_document(**changes)), encoding="utf-8")


def catalogue(*arguments: object) -> Result:
    return run.invoke(app, [str(argument) for argument in arguments])


def test_from_the_first_plan_to_nothing_to_do(folder: Path) -> None:
    first = catalogue("plan", folder, "--exit-code")
    assert first.exit_code == 2
    assert "+ orders" in first.stdout
    assert "10 added" in first.stdout
    assert catalogue("plan", folder).exit_code == 0

    applied = catalogue("apply", folder, "--yes")
    assert applied.exit_code == 0
    assert "In force as version 1" in applied.stdout
    for again in (catalogue("plan", folder, "--exit-code"), catalogue("apply", folder)):
        assert again.exit_code == 0
        assert "Nothing to do" in again.stdout

    shown = catalogue("show")
    assert shown.stdout.strip() == as_toml(make_document()).strip()
    assert catalogue("show", "--version", "1").stdout == shown.stdout
    assert catalogue("show", "--version", "9").exit_code == 1
    assert "machine:cli" in catalogue("versions").stdout


def test_channels_and_topics_are_planned_and_counted(folder: Path) -> None:
    write(folder, channels=(make_channel("email"),), topics=(make_topic("recipes"),))
    planned = catalogue("plan", folder)
    assert "Channels\n  + email" in planned.stdout
    assert "Topics\n  + recipes" in planned.stdout
    catalogue("apply", folder, "--yes")
    assert "1 channel, 1 topic" in catalogue("check", "--catalogue", folder).stdout
    assert catalogue("versions").stdout.splitlines()[-1].split()[-3:] == ["1", "1", "0"]
    shown = catalogue("show").stdout
    assert "[topic.recipes.text.en]" in shown
    write(folder)
    assert "topic recipes removed: nothing about it is sent" in catalogue("plan", folder).stdout


def test_a_change_is_shown_with_both_sides_and_what_follows(folder: Path) -> None:
    catalogue("apply", folder, "--yes")
    orders, news = make_document().purposes
    write(folder, purposes=(orders,), company="A company with a name that is so long " * 3)
    (folder / "all.toml").write_text(
        (folder / "all.toml")
        .read_text()
        .replace(', "news"', "")
        .replace('["news"]', '["orders"]')
    )
    result = catalogue("plan", folder)
    assert result.exit_code == 0, result.stderr
    assert f"- {news.code}" in result.stdout
    assert "purposes: orders, news → orders" in result.stdout
    assert "+ A company with a name" in result.stdout
    assert "purpose news removed: 1 attribute and 2 events lose this reason" in result.stdout


def test_nothing_is_applied_unless_somebody_says_yes(folder: Path) -> None:
    refused = catalogue("apply", folder)
    assert refused.exit_code == 1
    assert "--yes" in refused.stderr
    assert catalogue("versions").stdout.count("\n") == 1


def test_mistakes_are_listed_with_file_and_line_and_end_with_1(folder: Path) -> None:
    (folder / "more.toml").write_text('[purpose.x]\nbasis = "consnt"\n')
    for command in ("plan", "apply", "check"):
        where = ("--catalogue", folder) if command == "check" else (folder,)
        result = catalogue(command, *where)
        assert result.exit_code == 1
        assert "more.toml:2  `basis` in purpose.x cannot be `consnt`" in result.stderr
        assert "mistakes in the catalogue; nothing was changed" in result.stderr


def test_code_is_checked_without_a_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    code = tmp_path / "shop.js"
    code.write_text('analytics.track("Order Completed", { order_id: 1, shoe: 2 });')
    result = catalogue("check", code)
    assert result.exit_code == 1
    assert "shop.js:1  property `shoe` of" in result.stderr
    code.write_text('analytics.track("Order Completed", { order_id: 1 }); analytics.track(X)')
    result = catalogue("check", tmp_path)
    assert result.exit_code == 0
    assert "2 calls in 1 file: everything that they send is declared" in result.stdout
    assert "1 call names its event by a variable" in result.stdout
    assert catalogue("check").exit_code == 0
    assert catalogue("check", tmp_path / "nowhere").exit_code == 1


def test_a_setting_that_is_unknown_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CANDOR_DATABSE", "x")
    result = catalogue("plan")
    assert result.exit_code == 1
    assert "databse" in result.stderr
