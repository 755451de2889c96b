"""docs/reference/archive.md says what archives hold."""

from tools.archive_reference import FILE, written


def test_the_page_is_up_to_date() -> None:
    assert FILE.read_text(encoding="utf-8") == written(), (
        "run: python -m tools.archive_reference"
    )
