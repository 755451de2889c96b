"""`candor retention`: what is over, as whoever runs the server sees it."""

from pathlib import Path
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from candor.cli import app
from candor.domain.catalogue.writing import as_toml
from candor.infra.db.embedded import Urls
from tests.factories.catalogue import make_document

run = CliRunner()


@pytest.fixture
def _house(database_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a small catalogue in force, beside a database of its own."""
    monkeypatch.setenv("CANDOR_DATABASE_URL", database_urls.app)
    monkeypatch.setenv("CANDOR_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "all.toml").write_text(as_toml(make_document()), encoding="utf-8")
    assert run.invoke(app, ["catalogue", "apply", str(tmp_path), "--yes"]).exit_code == 0


def retention(*words: str, answer: str | None = None, wants: int = 0) -> str:
    found = run.invoke(app, ["retention", *words], input=answer)
    assert found.exit_code == wants, found.output
    return found.output


@pytest.mark.usefixtures("_house")
def test_what_is_over_is_foreseen_swept_and_listed(owner: psycopg.Connection[Any]) -> None:
    assert "Nothing is over." in retention("dry-run")
    assert "Nothing is over." in retention("run")
    owner.execute(
        "INSERT INTO collect.kept_sum"
        " (account_id, event_type_id, day, count, sum_minor, keep_until)"
        " VALUES (gen_random_uuid(), 1, '2010-01-01', 2, 300, '2020-12-31')"
    )
    assert "keep_until" in retention("dry-run")
    retention("run", answer="n\n", wants=1)
    assert owner.execute("SELECT count(*) FROM collect.kept_sum").fetchone() == (1,)
    assert "1 rows went." in retention("run", "--yes")
    assert owner.execute("SELECT count(*) FROM collect.kept_sum").fetchone() == (0,)
    listed = retention("list")
    assert listed.count("machine:cli") == 6
    assert listed.count("swept") == 1
