"""The generated reference says what the code says."""

import pytest

from tools.reference import FOLDER, pages


@pytest.mark.parametrize("name", sorted(pages()))
def test_the_reference_equals_what_the_code_knows(name: str) -> None:
    assert (FOLDER / name).read_text(encoding="utf-8") == pages()[name], (
        "write it again: python -m tools.reference"
    )
