"""A connection as a file."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.connections.errors import BadConnection
from candor.domain.connections.model import document
from candor.domain.connections.model.connection import Direction, Field, Removal, What

CRM = """
code = "crm"
name = "CRM"
adapter = "postgresql"
vendor = "kundenwerk"
directions = ["out", "in"]
purposes = ["service"]
source = "crm"
removal = "clear"

[settings]
host = "crm.example.com"
port = 5432
tls = true

[secrets]
password = "env:CRM_PASSWORD"

[[field]]
there = "email"
what = "identifier"
name = "email"
is_key = true
direction = "both"

[[field]]
there = "no_mail"
what = "topic"
name = "offers/email"
purposes = ["service"]
"""


def test_a_file_is_read_whole() -> None:
    found = document.read(CRM)
    assert found.vendor == "kundenwerk"
    assert found.directions == (Direction.OUT, Direction.IN)
    assert found.removal is Removal.CLEAR
    assert found.texts == {"host": "crm.example.com", "port": "5432", "tls": "yes"}
    assert found.field == (
        Field("email", What.IDENTIFIER, "email", direction=Direction.BOTH, is_key=True),
        Field("no_mail", What.TOPIC, "offers/email", purposes=("service",)),
    )


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("purpses = []", "purpses"),
        ("removal = 'gone'", "gone"),
        ("= 1", "no TOML"),
        ("at_once = 'many'", "at_once"),
    ],
)
def test_a_word_that_is_not_known_is_refused_and_named(line: str, says: str) -> None:
    with pytest.raises(BadConnection) as refused:
        document.read(line + CRM.replace('removal = "clear"', ""))
    assert says in refused.value.message


def test_a_secret_never_stands_in_a_file() -> None:
    with pytest.raises(BadConnection) as refused:
        document.read(CRM.replace("env:CRM_PASSWORD", "hunter2"))
    assert "hunter2" not in refused.value.message + refused.value.hint


def test_a_setting_can_be_said_beside_the_file() -> None:
    changed = document.with_settings(document.read(CRM), {"port": "6000"})
    assert changed.texts["port"] == "6000"
    assert changed.texts["host"] == "crm.example.com"


@given(st.text(max_size=30))
def test_whatever_a_name_holds_it_is_written_so_that_it_is_read_again(name: str) -> None:
    text = f"code = {document.quoted(name)}\nname = 'x'\nadapter = 'x'\ndirections = []\n"
    assert document.read(text).code == name
