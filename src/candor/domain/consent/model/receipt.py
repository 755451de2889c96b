"""The receipt of a choice: what its maker keeps, and can show to anybody.

The fields are those of ISO/IEC TS 27560:2023, section by section (header, processing, pii,
party, event); what they say is said in terms of the W3C Data Privacy Vocabulary 2.3 where it has
one, beside our own code. The bytes that are signed are the canonical form of RFC 8785.

A receipt names nobody: the principal is the pseudonym of their profile. Everything in it follows
from the record, the notice, the law that the person stands under and the address of their page,
so the same choice gives the same bytes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import msgspec
import rfc8785

from candor.domain.catalogue.model import LegalBasis, Regime
from candor.domain.consent.model.choice import Choice
from candor.domain.consent.model.notice import DataKind, Datum, Notice

KIND: Final = "consent-receipt+jws"  # `typ` of the signed statement
SCHEMA: Final = "candor-receipt/1"
STANDARD: Final = "ISO/IEC TS 27560:2023"
UNTIL_WITHDRAWN: Final = "until withdrawn"
_CONTEXT: Final = {
    "dpv": "https://w3id.org/dpv#",
    "eu-gdpr": "https://w3id.org/dpv/legal/eu/gdpr#",
    "loc": "https://w3id.org/dpv/loc#",
    "pd": "https://w3id.org/dpv/pd#",
}
_PROFILE: Final = "https://w3id.org/dpv/schema/dpv-27560#receipt-record"
_PROFILE_GDPR: Final = "https://w3id.org/dpv/schema/dpv-27560#receipt-eu-gdpr"


# ------------------------------------------------------------------------------- the sections
class Shown(msgspec.Struct, frozen=True):
    """The words of the choice (`privacy_notice`)."""

    notice_id: str
    edition: int
    language: str
    title: str
    plain: str
    gain: str
    # False: which words were shown is not recorded; these were in force at the time.
    is_exact: bool


class PurposeSaid(msgspec.Struct, frozen=True):
    """What the data is for."""

    code: str
    title: str
    purpose_type: str | None  # DPV
    is_sale: bool


class Basis(msgspec.Struct, frozen=True):
    """What makes it lawful."""

    code: str
    term: str | None  # DPV, or the article of the GDPR


class PiiInformation(msgspec.Struct, frozen=True):
    """One kind of data that the purpose uses."""

    pii_attribute_id: str
    pii_type: str | None  # DPV
    title: str
    kind: DataKind
    is_sensitive: bool
    is_inferred: bool


class Withdrawal(msgspec.Struct, frozen=True):
    """How to change one's mind."""

    address: str
    method: str


class Processing(msgspec.Struct, frozen=True):
    """What was agreed to or refused."""

    privacy_notice: Shown
    language: str
    purposes: tuple[PurposeSaid, ...]
    lawful_basis: Basis
    applicable_law: str | None
    jurisdiction: str | None
    collection_method: str
    pii_information: tuple[PiiInformation, ...]
    pii_controllers: tuple[str, ...]  # ids of parties
    recipient_third_parties: tuple[str, ...]
    storage_locations: tuple[str, ...]  # the catalogue declares none: empty
    retention_period: str
    withdrawal_method: Withdrawal
    privacy_rights: tuple[str, ...]


class Party(msgspec.Struct, frozen=True):
    """Who is named in it."""

    party_id: str
    party_type: str
    party_role: str
    party_name: str
    party_address: str
    party_country: str
    party_contact: str


class Happening(msgspec.Struct, frozen=True):
    """The choice itself (`event`)."""

    event_time: str
    recorded_time: str
    event_type: str
    event_state: str
    choice: Choice
    validity_duration: str
    valid_until: str | None
    entity_id: str  # who chose: the principal, or their guardian
    surface: str


class Receipt(msgspec.Struct, frozen=True):
    """A whole receipt."""

    context: dict[str, str] = msgspec.field(name="@context")
    schema_version: str
    standard: str
    conforms_to: str
    receipt_id: str
    record_id: str
    pii_principal_id: str
    processing: Processing
    party: tuple[Party, ...]
    event: Happening


# ------------------------------------------------------------------------------ how it is made
@dataclass(frozen=True, slots=True)
class Chosen:
    """A recorded choice, as far as a receipt tells of it."""

    record_id: UUID
    choice: Choice
    decided_at: datetime
    recorded_at: datetime
    expires_at: datetime | None
    surface: str
    locale: str
    notice_id: str
    notice: Notice
    is_exact: bool  # the record itself names these words
    regime: Regime | None
    principal: str  # pseudonym, in hex
    chooser: str  # pseudonym of who chose: the same, or a guardian's


def receipt_of(chosen: Chosen, *, choose_at: str) -> Receipt:
    """Return the receipt of a choice.

    Args:
        chosen: the choice with its words.
        choose_at: the address where the person changes their mind.
    """
    is_gdpr = chosen.regime is Regime.GDPR
    return Receipt(
        context=_CONTEXT,
        schema_version=SCHEMA,
        standard=STANDARD,
        conforms_to=_PROFILE_GDPR if is_gdpr else _PROFILE,
        receipt_id=str(chosen.record_id),
        record_id=str(chosen.record_id),
        pii_principal_id=chosen.principal,
        processing=_processing(chosen, choose_at),
        party=_parties(chosen.notice),
        event=_happening(chosen),
    )


def payload_of(receipt: Receipt) -> bytes:
    """Return the bytes to sign (RFC 8785)."""
    return rfc8785.dumps(cast("dict[str, Any]", msgspec.to_builtins(receipt)))


def read(payload: bytes) -> Receipt:
    """Return a receipt from its bytes.

    Raises:
        msgspec.DecodeError: it is not one.
    """
    return msgspec.json.decode(payload, type=Receipt)


def basis_of(notice: Notice, regime: Regime | None) -> LegalBasis | None:
    """Return the legal basis that a notice gave; the strictest where the law is unknown."""
    if regime is not None:
        return notice.basis.get(regime)
    return next((basis for basis in _STRICTEST_FIRST if basis in notice.basis.values()), None)


def _processing(chosen: Chosen, choose_at: str) -> Processing:
    notice, regime = chosen.notice, chosen.regime
    basis = basis_of(notice, regime)
    terms = _GDPR_BASES if regime is Regime.GDPR else _BASES
    law, place = _LAWS.get(regime, (None, None)) if regime else (None, None)
    return Processing(
        privacy_notice=Shown(
            notice_id=chosen.notice_id,
            edition=notice.edition,
            language=notice.locale,
            title=notice.title,
            plain=notice.plain,
            gain=notice.gain,
            is_exact=chosen.is_exact,
        ),
        language=chosen.locale,
        purposes=(
            PurposeSaid(
                code=notice.purpose,
                title=notice.title,
                purpose_type=f"dpv:{notice.dpv}" if notice.dpv else None,
                is_sale=notice.is_sale,
            ),
        ),
        lawful_basis=Basis(
            basis.value if basis else "none", terms.get(basis) if basis else None
        ),
        applicable_law=law,
        jurisdiction=place,
        collection_method=chosen.surface,
        pii_information=tuple(_pii(datum) for datum in notice.data),
        pii_controllers=(_CONTROLLER,),
        recipient_third_parties=notice.recipients,
        storage_locations=(),
        retention_period=notice.retention,
        withdrawal_method=Withdrawal(
            choose_at, "one click on the own page, as easy as the yes"
        ),
        privacy_rights=_RIGHTS if regime is Regime.GDPR else (),
    )


def _pii(datum: Datum) -> PiiInformation:
    term = _PII.get(datum.code)
    return PiiInformation(
        pii_attribute_id=datum.code,
        pii_type=f"pd:{term}" if term else None,
        title=datum.title,
        kind=datum.kind,
        is_sensitive=datum.is_sensitive,
        is_inferred=datum.is_inferred,
    )


def _parties(notice: Notice) -> tuple[Party, ...]:
    who = notice.controller
    controller = Party(
        party_id=_CONTROLLER,
        party_type="organisation",
        party_role="dpv:DataController",
        party_name=who.name,
        party_address=who.address,
        party_country=who.country,
        party_contact=who.contact,
    )
    if not who.authority:
        return (controller,)
    authority = Party(
        party_id="authority",
        party_type="authority",
        party_role="dpv:DataProtectionAuthority",
        party_name=who.authority,
        party_address="",
        party_country="",
        party_contact="",
    )
    return (controller, authority)


def _happening(chosen: Chosen) -> Happening:
    is_consent = basis_of(chosen.notice, chosen.regime) is LegalBasis.CONSENT
    kind, state = (_CONSENTS if is_consent else _OBJECTIONS)[chosen.choice]
    lasts = chosen.notice.consent_lasts if chosen.expires_at else ""
    return Happening(
        event_time=_instant(chosen.decided_at),
        recorded_time=_instant(chosen.recorded_at),
        event_type=kind,
        event_state=state,
        choice=chosen.choice,
        validity_duration=lasts or UNTIL_WITHDRAWN,
        valid_until=_instant(chosen.expires_at) if chosen.expires_at else None,
        entity_id=chosen.chooser,
        surface=chosen.surface,
    )


def _instant(at: datetime) -> str:
    """Return an instant in the one way that receipts spell it (RFC 3339, UTC, microseconds)."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


# ----------------------------------------------------------------------------------- the terms
_CONTROLLER: Final = "controller"
_STRICTEST_FIRST: Final = (
    LegalBasis.CONSENT,
    LegalBasis.OPT_OUT,
    LegalBasis.LEGITIMATE_INTEREST,
    LegalBasis.CONTRACT,
    LegalBasis.LEGAL_OBLIGATION,
)
# DPV has no term for "allowed until the person says no" of the CCPA.
_BASES: Final[Mapping[LegalBasis, str]] = {
    LegalBasis.CONSENT: "dpv:Consent",
    LegalBasis.CONTRACT: "dpv:Contract",
    LegalBasis.LEGAL_OBLIGATION: "dpv:LegalObligation",
    LegalBasis.LEGITIMATE_INTEREST: "dpv:LegitimateInterest",
}
_GDPR_BASES: Final[Mapping[LegalBasis, str]] = {
    LegalBasis.CONSENT: "eu-gdpr:A6-1-a",
    LegalBasis.CONTRACT: "eu-gdpr:A6-1-b",
    LegalBasis.LEGAL_OBLIGATION: "eu-gdpr:A6-1-c",
    LegalBasis.LEGITIMATE_INTEREST: "eu-gdpr:A6-1-f",
}
_LAWS: Final[Mapping[Regime, tuple[str, str]]] = {
    Regime.GDPR: ("GDPR", "loc:EU"),
    Regime.UK_GDPR: ("UK GDPR", "loc:GB"),
    Regime.CCPA: ("CCPA", "loc:US-CA"),
    Regime.LGPD: ("LGPD", "loc:BR"),
}
_RIGHTS: Final = tuple(
    f"eu-gdpr:{article}"
    for article in ("A7-3", "A15", "A16", "A17", "A18", "A20", "A21", "A22", "A77")
)
# What happened, and how the choice stands: of a consent, and of what a person may object to.
_CONSENTS: Final[Mapping[Choice, tuple[str, str]]] = {
    Choice.GRANTED: ("dpv:ExpressedConsent", "dpv:ConsentGiven"),
    Choice.DENIED: ("dpv:ExpressedConsent", "dpv:ConsentRefused"),
    Choice.WITHDRAWN: ("dpv:WithdrawConsent", "dpv:ConsentWithdrawn"),
}
_OBJECTIONS: Final[Mapping[Choice, tuple[str, str]]] = {
    Choice.GRANTED: ("no_objection", "dpv:RequestFulfilled"),
    Choice.DENIED: ("objection", "dpv:RequestFulfilled"),
    Choice.WITHDRAWN: ("objection", "dpv:RequestFulfilled"),
}
# By the codes that catalogues commonly use; another code has no term, and its title says it.
_PII: Final[Mapping[str, str]] = {
    "address": "PhysicalAddress",
    "birthday": "BirthDate",
    "city": "PhysicalAddress",
    "country": "Country",
    "customer_number": "UID",
    "email": "EmailAddress",
    "first_name": "Name",
    "gender": "Gender",
    "ip_address": "IPAddress",
    "language": "Language",
    "last_name": "Name",
    "loyalty_card": "UID",
    "name": "Name",
    "phone": "TelephoneNumber",
    "postal_code": "PostalCode",
    "street": "PhysicalAddress",
    "Order Completed": "Purchase",
    "Page Viewed": "BrowsingBehaviour",
    "Product Viewed": "BrowsingBehaviour",
    "Products Searched": "BrowsingBehaviour",
}
