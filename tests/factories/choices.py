"""Any history of choices, and the policy of the small company without a database."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from hypothesis import strategies as st

from candor.domain.catalogue.model import Frequency, InForce, Numbers, Regime
from candor.domain.consent.model.choice import Choice, Record
from candor.domain.consent.model.policy import Policy
from candor.domain.consent.model.preference import (
    ChannelSignal,
    Pause,
    Quiet,
    TopicWish,
    Wish,
    WishRow,
)
from tests.factories.house import make_company

NOON: Final = datetime.fromisoformat("2026-03-02T12:00:00+00:00")
_DOCUMENT: Final = make_company()
POLICY: Final = Policy(
    InForce(
        1,
        _DOCUMENT,
        Numbers(
            purposes={p.code: bit for bit, p in enumerate(_DOCUMENT.purposes)},
            attributes={a.code: n for n, a in enumerate(_DOCUMENT.attributes)},
            event_types={e.code: n for n, e in enumerate(_DOCUMENT.events)},
            sources={s.code: n for n, s in enumerate(_DOCUMENT.sources)},
            channels={c.code: bit for bit, c in enumerate(_DOCUMENT.channels)},
            topics={t.code: bit for bit, t in enumerate(_DOCUMENT.topics)},
        ),
    )
)
REGIMES: Final = (None, *Regime)
regimes = st.sampled_from([None, *(regime.value for regime in Regime)])
# Few instants, so that ties are common.
instants = st.integers(-3, 1).map(lambda days: NOON + timedelta(days=days))


def make_record(
    profile: UUID,
    purpose: str,
    choice: Choice,
    *,
    days: int = 0,
    via: UUID | None = None,
    number: int = 1,
    expires_in: int | None = None,
) -> Record:
    """Return a choice that was made some days from noon."""
    return Record(
        profile_id=profile,
        record_id=UUID(int=number),
        via_profile_id=via or profile,
        purpose_id=POLICY.bits[purpose],
        choice=choice.value,
        decided_at=NOON + timedelta(days=days),
        recorded_at=NOON,
        expires_at=None if expires_in is None else NOON + timedelta(days=expires_in),
        surface="test",
        source_id=None,
        notice=None,
        locale=None,
        edition=1,
        guardian_id=None,
    )


@st.composite
def records_of(
    draw: st.DrawFn, profile: UUID, via: st.SearchStrategy[UUID] | None = None
) -> list[Record]:
    """Draw any history of one profile, in any order, with ties."""
    found: list[Record] = []
    for number in range(draw(st.integers(0, 8))):
        choice = draw(st.sampled_from(Choice))
        ends = draw(st.sampled_from([None, -1, 0, 1])) if choice is Choice.GRANTED else None
        found.append(
            make_record(
                profile,
                draw(st.sampled_from(sorted(POLICY.bits))),
                choice,
                days=draw(st.integers(-3, 0)),
                via=None if via is None else draw(via),
                number=number + 1,
                expires_in=ends,
            )
        )
    return found


def make_wish(
    profile: UUID,
    wish: Wish,
    *,
    days: int = 0,
    via: UUID | None = None,
    number: int = 1,
) -> WishRow:
    """Return a preference that was said some days from noon."""
    topic = wish if isinstance(wish, TopicWish) else None
    quiet = wish if isinstance(wish, Quiet) else None
    return WishRow(
        profile_id=profile,
        wish_id=UUID(int=number),
        via_profile_id=via or profile,
        kind="topic" if topic else "quiet" if quiet else "pause",
        topic_id=topic.topic_id if topic else None,
        channel_id=topic.channel_id if topic else None,
        frequency=topic.frequency.value if topic else None,
        until=wish.until if isinstance(wish, Pause) else None,
        hours=quiet.hours if quiet else None,
        zone=quiet.zone if quiet else None,
        decided_at=NOON + timedelta(days=days),
        recorded_at=NOON,
        surface="test",
        source_id=None,
        locale=None,
    )


wish_values: st.SearchStrategy[Wish] = st.one_of(
    st.builds(
        TopicWish,
        st.integers(0, len(_DOCUMENT.topics) - 1),
        st.integers(0, len(_DOCUMENT.channels) - 1),
        st.sampled_from(Frequency),
    ),
    st.builds(Pause, st.integers(-3, 3).map(lambda days: NOON + timedelta(days=days))),
    st.builds(
        Quiet,
        st.integers(0, (1 << 24) - 1),
        st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/Los_Angeles"]),
    ),
)
channel_kinds: Final = ("stop", "start", "unsubscribe", "complaint", "bounce", "reachable")


@st.composite
def wishes_of(
    draw: st.DrawFn, profile: UUID, via: st.SearchStrategy[UUID] | None = None
) -> list[WishRow]:
    """Draw any history of preferences of one profile, in any order, with ties."""
    said = draw(st.lists(st.tuples(wish_values, st.integers(-2, 0)), max_size=8))
    return [
        make_wish(
            profile,
            wish,
            days=days,
            via=None if via is None else draw(via),
            number=number + 1,
        )
        for number, (wish, days) in enumerate(said)
    ]


def signals_of(profile: UUID) -> st.SearchStrategy[list[ChannelSignal]]:
    """Draw any history of signals about channels."""
    return st.lists(
        st.builds(
            ChannelSignal,
            st.just(profile),
            st.sampled_from(channel_kinds),
            st.integers(0, len(_DOCUMENT.channels) - 1),
            st.integers(-2, 0).map(lambda days: NOON + timedelta(days=days)),
        ),
        max_size=5,
    )
