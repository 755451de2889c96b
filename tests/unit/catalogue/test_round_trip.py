"""A catalogue survives being written, stored, read back and compared with itself."""

import msgspec
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from candor.domain.catalogue import diff, document
from candor.domain.catalogue.model import Document, canonical, digest_of
from candor.domain.catalogue.writing import as_toml
from tests.factories.catalogue import documents, make_document

lightly = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@lightly
@given(documents())
def test_toml_reads_back_as_the_same_document(drawn: Document) -> None:
    reading = document.parse({"all.toml": as_toml(drawn)})
    assert reading.document == drawn, reading.problems


@lightly
@given(documents())
def test_json_reads_back_as_the_same_document(drawn: Document) -> None:
    stored = msgspec.json.decode(canonical(drawn), type=Document)
    assert stored == drawn
    assert digest_of(stored) == digest_of(drawn)


@lightly
@given(documents())
def test_nothing_is_to_do_for_what_is_in_force(drawn: Document) -> None:
    assert diff.plan(drawn, drawn).is_empty
    assert not diff.plan(drawn, drawn).warnings


@lightly
@given(st.lists(documents(), min_size=2, max_size=2))
def test_a_plan_is_empty_exactly_when_the_digest_is_the_same(pair: list[Document]) -> None:
    before, after = pair
    same = digest_of(before) == digest_of(after)
    assert diff.plan(before, after).is_empty == same


def test_only_the_order_differs_and_the_plan_says_so() -> None:
    one = make_document()
    other = msgspec.structs.replace(one, purposes=one.purposes[::-1])
    (change,) = diff.plan(one, other).changes
    assert change.how == "reordered"
    assert change.differences[0].before == "orders, news"
    assert change.differences[0].after == "news, orders"


def test_order_of_languages_and_laws_is_no_difference() -> None:
    one = make_document()
    purpose = one.purposes[0]
    turned = msgspec.structs.replace(purpose, basis=dict(reversed(purpose.basis.items())))
    other = msgspec.structs.replace(one, purposes=(turned, *one.purposes[1:]))
    assert digest_of(one) == digest_of(other)
    assert diff.plan(one, other).is_empty
