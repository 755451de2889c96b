"""Signals in the database: heard once, for the whole person, and never louder than they are."""

from datetime import timedelta

import pytest

from candor.app import Candor
from candor.domain.audit import service as audit
from candor.domain.catalogue.model import Regime
from candor.domain.consent.errors import Unreadable
from candor.domain.consent.model import gpp
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.signal import Heard, Signal, SignalKind
from candor.domain.consent.model.state import Standing
from candor.domain.consent.service import choices, gate, preferences, signals
from candor.domain.consent.service.choices import Statement
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId, new_id
from tests.factories.house import (
    TEST,
    choose,
    make_person,
    policy_of,
    say,
    start_profiles,
    states_of,
)
from tests.factories.strings import with_consents

ADS_TCF = (2, 3)


async def hear(candor: Candor, *heard: Signal) -> frozenset[ProfileId]:
    """Hear signals and commit."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        return await signals.hear(
            tx, heard, actor=TEST, vault=candor.vault, policy=policy, clock=candor.clock
        )


def make(
    candor: Candor,
    via: ProfileId,
    kind: str,
    value: str | None = None,
    *,
    hours: int = 0,
    channel_id: int | None = None,
) -> Signal:
    """Return a signal at the present, or some hours after it."""
    at = candor.clock.now() + timedelta(hours=hours)
    return Signal(
        new_id(), via, SignalKind(kind), at, "test", channel_id=channel_id, value=value
    )


def of_day(candor: Candor, *consents: int, days: int = 0) -> str:
    """Return a good string that was made some days from today."""
    day = candor.clock.now().replace(hour=0, minute=0, second=0, microsecond=0)
    at = day + timedelta(days=days)
    return with_consents(*consents, created=at, last_updated=at)


async def may(candor: Candor, profile_id: ProfileId, purpose: str) -> bool:
    """Tell whether a purpose is allowed now."""
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        verdicts = await gate.verdicts(
            tx, [profile_id], purpose, TEST, policy=policy, now=candor.clock.now()
        )
    return verdicts[profile_id].allowed


async def history(candor: Candor, profile_id: ProfileId) -> list[Heard]:
    """Return the signals of one profile."""
    async with candor.database.read() as tx:
        return await signals.heard(tx, [profile_id])


async def said(candor: Candor, profile_id: ProfileId) -> list[tuple[str, str]]:
    """Return the choices of one profile: what, and where it was said."""
    async with candor.database.read() as tx:
        return [(r.choice, r.surface) for r in await gate.history(tx, [profile_id])]


async def yes_over_gpc(candor: Candor, via: ProfileId) -> None:
    """Say yes to the sale on a page that told of the signal."""
    bit = (await policy_of(candor)).bits["ads"]
    await say(
        candor,
        Statement(
            new_id(),
            via,
            bit,
            Choice.GRANTED,
            candor.clock.now(),
            "portal",
            evidence='{"over_gpc": true}',
        ),
    )


# ------------------------------------------------------------------------------------ GPC
async def test_global_privacy_control_ends_the_sale(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    assert await may(candor, ann, "ads")
    assert await hear(candor, make(candor, ann, "gpc")) == {ann}
    assert not await may(candor, ann, "ads")
    assert (await states_of(candor, [ann]))[ann].heard == 1
    assert await said(candor, ann) == [("denied", "gpc")]


async def test_it_is_heard_once(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    first = make(candor, ann, "gpc")
    await hear(candor, first)
    assert await hear(candor, first) == frozenset()
    assert (
        await hear(candor, make(candor, ann, "gpc"), make(candor, ann, "gpc", hours=1))
        == frozenset()
    )
    assert len(await history(candor, ann)) == 1


async def test_two_at_once_are_one(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    await hear(candor, make(candor, ann, "gpc"), make(candor, ann, "gpc"))
    assert len(await history(candor, ann)) == 1
    assert len(await said(candor, ann)) == 1


async def test_a_yes_that_knew_of_the_signal_stands(candor: Candor, clock: FixedClock) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    await hear(candor, make(candor, ann, "gpc"))
    clock.advance(timedelta(minutes=1))
    await yes_over_gpc(candor, ann)
    clock.advance(timedelta(minutes=1))
    assert await may(candor, ann, "ads")
    assert await hear(candor, make(candor, ann, "gpc")) == frozenset()
    assert await may(candor, ann, "ads")


async def test_a_yes_that_did_not_know_of_it_falls_with_the_next(
    candor: Candor, clock: FixedClock
) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    await hear(candor, make(candor, ann, "gpc"))
    clock.advance(timedelta(minutes=1))
    await choose(candor, ann, "ads", Choice.GRANTED)
    assert await may(candor, ann, "ads")
    clock.advance(timedelta(minutes=1))
    assert await hear(candor, make(candor, ann, "gpc"))
    assert not await may(candor, ann, "ads")


async def test_an_old_signal_does_not_beat_a_later_yes(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    await choose(candor, ann, "ads", Choice.GRANTED)
    await hear(candor, make(candor, ann, "gpc", hours=-1))
    assert await may(candor, ann, "ads")


async def test_it_holds_for_the_other_devices_of_the_person(
    candor: Candor, clock: FixedClock
) -> None:
    ann, phone = await start_profiles(candor, [Regime.CCPA, Regime.CCPA])
    policy = await policy_of(candor)
    await hear(candor, make(candor, phone, "gpc"))
    assert await may(candor, ann, "ads")
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {phone: ann, ann: ann}, policy=policy, clock=clock)
    assert not await may(candor, ann, "ads")
    assert (await states_of(candor, [ann]))[ann].heard == 1
    assert await hear(candor, make(candor, ann, "gpc")) == frozenset()
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {phone: phone, ann: ann}, policy=policy, clock=clock)
    assert await may(candor, ann, "ads")
    assert not await may(candor, phone, "ads")
    assert await hear(candor, make(candor, ann, "gpc")) == {ann}
    assert not await may(candor, ann, "ads")


async def test_it_is_written_down_for_every_profile_of_the_person(candor: Candor) -> None:
    ann, phone = await start_profiles(candor, [Regime.CCPA, Regime.CCPA])
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {phone: ann, ann: ann}, policy=policy, clock=candor.clock)
    assert await hear(candor, make(candor, phone, "gpc")) == {ann, phone}
    for profile in (ann, phone):
        [heard] = await history(candor, profile)
        assert heard.via_profile_id == phone


async def test_a_yes_of_somebody_who_was_the_same_person_once_does_not_stand(
    candor: Candor, clock: FixedClock
) -> None:
    ann, phone = await start_profiles(candor, [Regime.CCPA, Regime.CCPA])
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {phone: ann, ann: ann}, policy=policy, clock=clock)
    await yes_over_gpc(candor, ann)
    async with candor.database.tx() as tx:
        await choices.regroup(tx, {phone: phone, ann: ann}, policy=policy, clock=clock)
    clock.advance(timedelta(minutes=1))
    assert await may(candor, phone, "ads")  # they said nothing, under a law of objecting
    await hear(candor, make(candor, phone, "gpc"), make(candor, ann, "gpc"))
    assert not await may(candor, phone, "ads")
    assert await may(candor, ann, "ads")


async def listen_to(candor: Candor, profile_id: ProfileId) -> bool:
    """Hear the browser of somebody who is signed in."""
    policy = await policy_of(candor)
    async with candor.database.tx() as tx:
        return await signals.hear_browser(
            tx,
            profile_id,
            "portal",
            actor=TEST,
            vault=candor.vault,
            policy=policy,
            clock=candor.clock,
        )


async def test_the_browser_of_somebody_signed_in_is_heard_once(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    assert await listen_to(candor, ann)
    assert not await listen_to(candor, ann)
    assert len(await history(candor, ann)) == 1


async def test_nothing_is_heard_of_somebody_erased_or_unknown(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    async with candor.database.tx() as tx:
        await choices.set_standing(tx, [ann], Standing.ERASED, candor.clock)
    assert not await listen_to(candor, ann)
    assert not await listen_to(candor, ProfileId(new_id()))
    assert await history(candor, ann) == []


# ------------------------------------------------------------------------------ strings
async def test_a_string_grants_and_denies(candor: Candor, clock: FixedClock) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    await hear(candor, make(candor, ann, "tcf", of_day(candor, *ADS_TCF)))
    assert await may(candor, ann, "ads")
    clock.advance(timedelta(days=1))
    await hear(candor, make(candor, ann, "tcf", of_day(candor)))
    assert not await may(candor, ann, "ads")
    assert await said(candor, ann) == [("granted", "tcf"), ("withdrawn", "tcf")]


async def test_the_same_string_again_is_no_news(candor: Candor, clock: FixedClock) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    yes = of_day(candor, *ADS_TCF)
    assert await hear(candor, make(candor, ann, "tcf", yes))
    clock.advance(timedelta(days=3))
    await choose(candor, ann, "ads", Choice.WITHDRAWN)
    clock.advance(timedelta(days=1))
    assert not await hear(candor, make(candor, ann, "tcf", yes))
    assert not await may(candor, ann, "ads")


async def test_an_old_yes_from_another_device_does_not_beat_a_no(
    candor: Candor, clock: FixedClock
) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    yes = of_day(candor, *ADS_TCF)
    clock.advance(timedelta(days=3))
    await choose(candor, ann, "ads", Choice.WITHDRAWN)
    clock.advance(timedelta(days=1))
    assert await hear(candor, make(candor, ann, "tcf", yes))
    assert not await may(candor, ann, "ads")


async def test_an_old_no_does_not_beat_a_later_yes(candor: Candor, clock: FixedClock) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    no = of_day(candor)
    clock.advance(timedelta(days=3))
    await choose(candor, ann, "ads", Choice.GRANTED)
    clock.advance(timedelta(days=1))
    await hear(candor, make(candor, ann, "tcf", no))
    assert await may(candor, ann, "ads")


async def test_a_string_that_comes_late_changes_nothing_newer(
    candor: Candor, clock: FixedClock
) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    yes, no = of_day(candor, *ADS_TCF), of_day(candor, days=-2)
    clock.advance(timedelta(hours=1))
    await hear(candor, make(candor, ann, "tcf", yes))
    await hear(candor, make(candor, ann, "tcf", no, hours=-30))
    assert await may(candor, ann, "ads")
    assert await hear(candor, make(candor, ann, "tcf", yes, hours=1)) == frozenset()


async def test_of_two_strings_of_one_day_the_later_counts(
    candor: Candor, clock: FixedClock
) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    await hear(candor, make(candor, ann, "tcf", of_day(candor)))
    clock.advance(timedelta(minutes=5))
    await hear(candor, make(candor, ann, "tcf", of_day(candor, *ADS_TCF)))
    assert await may(candor, ann, "ads")
    clock.advance(timedelta(minutes=5))
    await hear(candor, make(candor, ann, "tcf", of_day(candor)))
    assert not await may(candor, ann, "ads")


async def test_but_not_over_what_was_said_between_them(
    candor: Candor, clock: FixedClock
) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    await hear(candor, make(candor, ann, "tcf", of_day(candor)))
    clock.advance(timedelta(minutes=5))
    await choose(candor, ann, "ads", Choice.DENIED)
    clock.advance(timedelta(minutes=5))
    await hear(candor, make(candor, ann, "tcf", of_day(candor, *ADS_TCF)))
    assert not await may(candor, ann, "ads")


@pytest.mark.parametrize(
    "value", ["nonsense", "", "x@example.org", "\ud800", "a\0b", "C" * 20_000]
)
async def test_an_unreadable_string_is_a_no_and_is_not_kept(candor: Candor, value: str) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    await choose(candor, ann, "ads", Choice.GRANTED, after=timedelta(hours=-1))
    assert await may(candor, ann, "ads")
    await hear(candor, make(candor, ann, "tcf", value))
    assert not await may(candor, ann, "ads")
    [heard] = await history(candor, ann)
    assert not heard.is_readable
    assert (heard.value or "").startswith("unreadable ")
    assert await hear(candor, make(candor, ann, "tcf", value)) == frozenset()


async def test_an_opt_out_of_a_state_ends_the_sale(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.CCPA])
    await hear(candor, make(candor, ann, "gpp", "DBABTA~1YNN"))
    assert await may(candor, ann, "ads")
    await hear(candor, make(candor, ann, "gpp", "DBABTA~1YYN", hours=1))
    assert not await may(candor, ann, "ads")
    back = make(candor, ann, "gpp", "DBABTA~1YNN", hours=2)
    assert await hear(candor, back)
    assert not await may(candor, ann, "ads")  # not opting out is no consent


async def test_a_gpp_string_may_hold_a_tcf_string(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    text = f"{gpp.header([gpp.TCFEU])}~{of_day(candor, *ADS_TCF)}"
    await hear(candor, make(candor, ann, "gpp", text))
    assert await may(candor, ann, "ads")


# ----------------------------------------------------------------------------- channels
async def standing(candor: Candor, profile_id: ProfileId) -> preferences.Preferences:
    """Return how somebody may be written to."""
    policy = await policy_of(candor)
    async with candor.database.read() as tx:
        found = await preferences.standing(tx, profile_id, policy=policy)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("kind", "lift"),
    [("stop", "start"), ("unsubscribe", "start"), ("complaint", None), ("bounce", "reachable")],
)
async def test_a_channel_is_shut_and_opened_again(
    candor: Candor, kind: str, lift: str | None
) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    sms = (await policy_of(candor)).channels["sms"].bit
    await hear(candor, make(candor, ann, kind, channel_id=sms))
    assert (await standing(candor, ann)).blocked == {"sms": kind}
    for other in ("start", "reachable"):
        await hear(candor, make(candor, ann, other, channel_id=sms, hours=1))
        if other == lift:
            break
    assert bool((await standing(candor, ann)).blocked) is (lift is None)


async def test_a_signal_about_a_channel_names_it(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    for wrong in (make(candor, ann, "stop"), make(candor, ann, "gpc", channel_id=0)):
        with pytest.raises(Unreadable):
            await hear(candor, wrong)


async def test_a_signal_comes_twice_and_counts_once(candor: Candor) -> None:
    [ann] = await start_profiles(candor, [Regime.GDPR])
    email = (await policy_of(candor)).channels["email"].bit
    stop = make(candor, ann, "stop", channel_id=email)
    assert await hear(candor, stop) == {ann}
    assert await hear(candor, stop) == frozenset()
    assert len(await history(candor, ann)) == 1


async def test_nobody_is_heard_whom_nobody_knows(candor: Candor) -> None:
    assert await hear(candor, make(candor, ProfileId(new_id()), "gpc")) == frozenset()
    assert await hear(candor) == frozenset()


# --------------------------------------------------------------------------------- proof
async def test_every_signal_is_in_the_log_and_the_change_feed(candor: Candor) -> None:
    ann = await make_person(candor)
    await hear(candor, make(candor, ann, "gpc"), make(candor, ann, "tcf", "nonsense"))
    async with candor.database.tx() as tx:
        pseudonyms = await candor.vault.pseudonyms(tx, [ann])
        entries = await audit.about(tx, pseudonyms)
    heard = {e.detail["kind"]: e.reason for e in entries if e.action == "consent.signal_heard"}
    assert heard.keys() == {"gpc", "tcf"}
    assert heard["gpc"] is None
    assert heard["tcf"] is not None
