"""The terms of a receipt under each law, and that its bytes follow from its content."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

import msgspec
import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from candor.domain.catalogue.model import LegalBasis, Regime
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import (
    Answerable,
    DataKind,
    Datum,
    Notice,
    canonical,
    id_of,
)
from candor.domain.consent.model.receipt import (
    Chosen,
    Receipt,
    basis_of,
    payload_of,
    read,
    receipt_of,
)

NOON: Final = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
NOTICE: Final = Notice(
    purpose="ads",
    edition=2,
    locale="de",
    title="Werbung",
    plain="Wir werben.",
    gain="",
    basis={
        Regime.GDPR: LegalBasis.CONSENT,
        Regime.UK_GDPR: LegalBasis.LEGITIMATE_INTEREST,
        Regime.CCPA: LegalBasis.OPT_OUT,
    },
    data=(Datum(DataKind.ATTRIBUTE, "email", "E-mail"), Datum(DataKind.EVENT, "Sung", "Sung")),
    recipients=("Print shop",),
    retention="P1Y",
    consent_lasts="",
    is_sale=True,
    dpv="TargetedAdvertising",
    controller=Answerable("Ex", "Road 1", "DE", "dpo@ex.example", ""),
)
CHOSEN: Final = Chosen(
    record_id=UUID(int=7),
    choice=Choice.GRANTED,
    decided_at=NOON,
    recorded_at=NOON,
    expires_at=None,
    surface="portal",
    locale="de",
    notice_id=id_of(NOTICE),
    notice=NOTICE,
    is_exact=True,
    regime=Regime.GDPR,
    principal="ab" * 16,
    chooser="ab" * 16,
)


def made(regime: Regime | None, notice: Notice = NOTICE) -> Receipt:
    chosen = replace(CHOSEN, regime=regime, notice=notice)
    return receipt_of(chosen, choose_at="https://ex.example/me/allow")


@pytest.mark.parametrize(
    ("regime", "code", "term", "law"),
    [
        (Regime.GDPR, "consent", "eu-gdpr:A6-1-a", "GDPR"),
        (Regime.UK_GDPR, "legitimate_interest", "dpv:LegitimateInterest", "UK GDPR"),
        (Regime.CCPA, "opt_out", None, "CCPA"),
        (Regime.LGPD, "none", None, "LGPD"),
        (None, "consent", "dpv:Consent", None),
    ],
)
def test_the_basis_is_that_of_the_law(
    regime: Regime | None, code: str, term: str | None, law: str | None
) -> None:
    processing = made(regime).processing
    assert (processing.lawful_basis.code, processing.lawful_basis.term) == (code, term)
    assert processing.applicable_law == law
    assert bool(processing.privacy_rights) == (regime is Regime.GDPR)


def test_the_profile_of_the_gdpr_is_claimed_only_under_it() -> None:
    assert made(Regime.GDPR).conforms_to.endswith("#receipt-eu-gdpr")
    assert made(Regime.LGPD).conforms_to.endswith("#receipt-record")


def test_where_the_law_is_unknown_the_strictest_basis_counts() -> None:
    assert basis_of(NOTICE, None) is LegalBasis.CONSENT
    lenient = msgspec.structs.replace(NOTICE, basis={Regime.GDPR: LegalBasis.CONTRACT})
    assert basis_of(lenient, None) is LegalBasis.CONTRACT
    assert basis_of(msgspec.structs.replace(NOTICE, basis={}), None) is None


def test_terms_stand_where_the_vocabulary_has_one() -> None:
    found = made(Regime.GDPR).processing
    assert [data.pii_type for data in found.pii_information] == ["pd:EmailAddress", None]
    assert found.purposes[0].purpose_type == "dpv:TargetedAdvertising"
    bare = msgspec.structs.replace(NOTICE, dpv="")
    assert made(Regime.GDPR, bare).processing.purposes[0].purpose_type is None


def test_the_authority_is_named_where_there_is_one() -> None:
    who = msgspec.structs.replace(NOTICE.controller, authority="The authority")
    named = made(Regime.GDPR, msgspec.structs.replace(NOTICE, controller=who))
    assert [party.party_role for party in named.party] == [
        "dpv:DataController",
        "dpv:DataProtectionAuthority",
    ]
    assert len(made(Regime.GDPR).party) == 1


@given(st.sampled_from([None, *Regime]), st.text(max_size=40), st.text(max_size=40))
def test_it_is_read_as_it_was_written(regime: Regime | None, title: str, plain: str) -> None:
    notice = msgspec.structs.replace(NOTICE, title=title, plain=plain)
    receipt = made(regime, notice)
    payload = payload_of(receipt)
    assert read(payload) == receipt
    assert rfc8785.dumps(msgspec.json.decode(payload)) == payload


@given(st.text(max_size=40), st.text(max_size=40))
def test_two_notices_have_one_id_only_if_they_say_the_same(one: str, other: str) -> None:
    first = msgspec.structs.replace(NOTICE, plain=one)
    second = msgspec.structs.replace(NOTICE, plain=other)
    assert (id_of(first) == id_of(second)) == (one == other)
    assert msgspec.json.decode(canonical(first), type=Notice) == first
