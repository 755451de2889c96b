"""The line of every key, whatever the TOML around it looks like."""

from textwrap import dedent

from candor.domain.catalogue.lines import line_at, lines_of

TEXT = dedent('''\
    # a comment with [brackets] and "quotes"
    [company]
    name = "Nord # not a comment"
    locales = [
        "en",  # ] no end
        "de",
    ]

    [purpose."free text".text.en]
    plain = """
    [not.a.table]
    key = "not a key"
    """
    title = 'it''s'
    [event."Order Completed".property]
    total = { type = "number", required = true }
    "odd \\"name\\"".type = "text"
    [[events]]
    last = 1''').replace("'it''s'", "'its'")


def test_headers_and_keys_have_their_lines() -> None:
    lines = lines_of(TEXT)
    assert lines["company",] == 2
    assert lines["company", "name"] == 3
    assert lines["company", "locales"] == 4
    assert lines["purpose", "free text", "text", "en"] == 9
    assert lines["purpose", "free text", "text", "en", "title"] == 14
    assert lines["event", "Order Completed", "property", "total"] == 16
    assert lines["event", "Order Completed", "property", 'odd "name"', "type"] == 17
    assert lines["events", "last"] == 19


def test_text_that_looks_like_toml_is_no_toml() -> None:
    assert ("not", "a", "table") not in lines_of(TEXT)
    assert not [keys for keys in lines_of(TEXT) if "key" in keys]


def test_a_table_that_is_only_implied_stands_where_it_is_first_named() -> None:
    assert lines_of(TEXT)["purpose",] == 9


def test_a_key_that_is_not_there_has_the_line_of_the_table_around_it() -> None:
    lines = lines_of(TEXT)
    assert line_at(lines, ("event", "Order Completed", "property", "total", "type")) == 16
    assert line_at(lines, ("company", "owner")) == 2
    assert line_at(lines, ("nothing",)) == 0
    assert lines_of("") == {}
