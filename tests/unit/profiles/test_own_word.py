"""What people say of themselves counts more than any source, whenever it speaks."""

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import Source, Survivorship
from candor.domain.profiles.model import OWN_SOURCE, YOU, Answer, survive
from candor.kernel.ids import new_id

moments = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - hypothesis takes bounds without a zone
    datetime(2040, 1, 1),  # noqa: DTZ001 - the same
    timezones=st.just(UTC),
)
SOURCES = {
    number: Source(code=f"s{number}", title="S", place="s", user_id="email", trust=trust)
    for number, trust in ((1, 0), (2, 50), (3, 100))
}


def answer(source_id: int, changed_by: str, at: datetime) -> Answer:
    """Make an answer."""
    return Answer("city", None, source_id, new_id(), 1, changed_by, at, at)


@given(
    st.lists(st.tuples(st.integers(1, 4), moments), max_size=8),
    st.lists(moments, min_size=1, max_size=3),
    st.sampled_from(Survivorship),
)
def test_no_source_wins_over_the_person(
    sources: list[tuple[int, datetime]], own: list[datetime], rule: Survivorship
) -> None:
    answers = [answer(number, "machine", at) for number, at in sources]
    answers += [answer(OWN_SOURCE, YOU, at) for at in own]
    taken, losers = survive(answers, rule, SOURCES)
    assert taken.changed_by == YOU
    assert taken.observed_at == max(own)
    assert len(losers) == len(answers) - 1
