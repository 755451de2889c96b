"""Documents that earlier versions stored are read, and mean what they meant."""

import msgspec
import pytest

from candor.domain.catalogue.earlier import read_stored
from tests.factories.catalogue import make_document, make_purpose

TODAY = make_document(purposes=(make_purpose("service"), make_purpose("letters")))


def stored(**of_first: object) -> str:
    """Return the document as it was stored, with more in its first purpose."""
    plain = msgspec.json.decode(msgspec.json.encode(TODAY))
    for purpose in plain["purposes"]:
        purpose.pop("roles", None)
    plain["purposes"][0] |= of_first
    return msgspec.json.encode(plain).decode()


def test_what_is_stored_today_is_read_as_it_is() -> None:
    assert read_stored(msgspec.json.encode(TODAY).decode()) == TODAY


def test_a_purpose_for_staff_is_of_the_roles_that_could_open_people() -> None:
    read = read_stored(stored(for_staff=True))
    assert [p.roles for p in read.purposes] == [("admin", "privacy", "security", "support"), ()]
    assert not read.purposes[0].is_work_of("marketing")


@pytest.mark.parametrize("said", [False, "true", 1])
def test_anything_but_true_opens_to_nobody(said: object) -> None:
    assert read_stored(stored(for_staff=said)).purposes[0].roles == ()


def test_what_no_version_wrote_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field"):
        read_stored(stored(for_staf=True))
