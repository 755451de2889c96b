"""From vendors to the views of their pages. Call inside `reading`."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Final
from uuid import UUID

from candor.domain.catalogue.model import InForce
from candor.domain.connections.service.reading import Health
from candor.domain.governance.model import Transfer, Trouble, Vendor
from candor.infra.web.reading import show_date
from candor.surface.console import words
from candor.surface.console.connections import naming
from candor.surface.console.connections.filling import url_of as connection_url
from candor.surface.console.connections.views import Entry
from candor.surface.console.desk import HOME
from candor.surface.console.vendors.views import (
    CertificateLine,
    SentLine,
    VendorLine,
    VendorPage,
)
from candor.surface.console.views import Option, Pair

URL: Final = f"{HOME}/connections/vendors"
_SOON_DAYS: Final = 60
TRANSFERS: Final[Mapping[Transfer, str]] = {
    Transfer.NONE: "nothing lets data go further",
    Transfer.INSIDE: "stays inside the European Economic Area",
    Transfer.ADEQUACY: "adequacy decision (Art. 45)",
    Transfer.CLAUSES: "standard contractual clauses (Art. 46)",
    Transfer.BINDING_RULES: "binding corporate rules (Art. 47)",
    Transfer.DEROGATION: "derogation (Art. 49)",
}
_TROUBLES: Final[Mapping[Trouble, tuple[str, str]]] = {
    Trouble.ENDED: ("off-boarded", "It holds nothing any more, or is about to."),
    Trouble.NO_CONTRACT: ("no contract", "Say where the contract is filed; then start again."),
    Trouble.CONTRACT_LAPSED: ("the contract has lapsed", "Renew it below, or off-board it."),
    Trouble.CERTIFICATE_LAPSED: ("a certificate has lapsed", "Put in its new last day below."),
    Trouble.TRANSFER_MISSING: (
        "nothing lets data go to its country",
        "Say below what does: an adequacy decision, clauses, binding rules.",
    ),
}


def url_of(vendor_id: UUID) -> str:
    """Return the address of a vendor's page."""
    return f"{URL}/{vendor_id}"


def state_of(one: Vendor, today: date) -> tuple[str, str]:
    """Return how a vendor stands, and a tone."""
    trouble = one.trouble(today)
    if trouble is Trouble.ENDED:
        return "off-boarded", ""
    if trouble is not None:
        return _TROUBLES[trouble][0], "refusal"
    lapses = one.lapses()
    if lapses is not None and (lapses - today).days <= _SOON_DAYS:
        return f"lapses on {show_date(lapses)}", "attention"
    return "in force", "good"


def line_of(one: Vendor, today: date, connections: int) -> VendorLine:
    """Return a vendor as the list shows it."""
    state, tone = state_of(one, today)
    return VendorLine(
        name=one.name,
        href=url_of(one.vendor_id),
        country=one.country,
        transfer=TRANSFERS[one.transfer],
        until=one.lapses(),
        state=state,
        tone=tone,
        connections=connections,
    )


def vendor_page(
    one: Vendor,
    health: Sequence[Health],
    in_force: InForce,
    *,
    today: date,
    may_manage: bool,
    csrf_token: str,
    said: str | None = None,
    error: str | None = None,
) -> VendorPage:
    """Return the view of one vendor."""
    trouble = one.trouble(today)
    state, tone = state_of(one, today)
    url = url_of(one.vendor_id)
    is_open = may_manage and one.ended_at is None
    told = None if trouble is None or trouble is Trouble.ENDED else _TROUBLES[trouble][1]
    return VendorPage(
        name=one.name,
        eyebrow=f"{one.country} · {one.code}",
        state=state,
        tone=tone,
        trouble=told,
        back_url=URL,
        url=url,
        csrf_token=csrf_token,
        facts=_facts(one),
        certificates=tuple(
            _certificate(proof.name, proof.valid_until, today, is_required=proof.is_required)
            if not is_open
            else _certificate(
                proof.name,
                proof.valid_until,
                today,
                is_required=proof.is_required,
                drop_url=f"{url}/uncertify",
            )
            for proof in one.certificates
        ),
        sent=tuple(_sent(each, in_force) for each in health),
        change=entries(one) if is_open else (),
        renew=_renew(one) if is_open else (),
        certify=_CERTIFY if is_open else (),
        end_url=f"{url}/end" if is_open else None,
        said=said,
        error=error,
    )


def _facts(one: Vendor) -> tuple[Pair, ...]:
    until = show_date(one.contract_until) if one.contract_until else "no end is set"
    facts = [
        Pair("Keeps data in", one.country),
        Pair("What lets it go there", TRANSFERS[one.transfer]),
        Pair("Contract", one.contract or "none"),
        Pair("Last day of the contract", until if one.contract else "–"),
        Pair("Whom to reach about data", one.contact or "nobody is named"),
    ]
    if one.ended_at is not None:
        facts.append(Pair("Off-boarded", show_date(one.ended_at)))
    return tuple(facts)


def _certificate(
    name: str, until: date, today: date, *, is_required: bool, drop_url: str | None = None
) -> CertificateLine:
    left = (until - today).days
    state, tone = "valid", "good"
    if left < 0:
        state, tone = "lapsed", "refusal" if is_required else "attention"
    elif left <= _SOON_DAYS:
        state, tone = words.counted(left, "day left", "days left"), "attention"
    return CertificateLine(name, until, state, tone, is_required, drop_url)


def _sent(one: Health, in_force: InForce) -> SentLine:
    connection = one.connection
    state, tone = naming.state(connection)
    fields = [naming.ours(each, in_force) for each in connection.mapping if each.is_out]
    return SentLine(
        name=connection.name,
        href=connection_url(connection.connection_id),
        state=state,
        tone=tone,
        people=one.linked,
        fields=", ".join(fields) or "nothing",
        purposes=", ".join(map(words.purpose, connection.purposes)) or "none",
        told_at=one.answered_at,
    )


def entries(
    one: Vendor | None = None, values: Mapping[str, str] | None = None
) -> tuple[Entry, ...]:
    """Return the fields of a vendor's record; of a new one its code and contract, too."""
    given = values or {}
    transfer = one.transfer if one else Transfer.NONE

    def value(name: str, own: str) -> str:
        return given.get(name, own)

    code = Entry(
        "code",
        "Code",
        value("code", ""),
        "Small letters, digits and _. It stays for ever.",
        is_required=True,
    )
    return (
        *(() if one else (code,)),
        Entry(
            "name", "Name", value("name", one.name if one else ""), "As customers read it.",
            is_required=True,
        ),
        Entry(
            "country", "Keeps data in", value("country", one.country if one else ""),
            "The two letters of the country: DE, US.", is_required=True,
        ),
        Entry(
            "transfer", "What lets data go there", value("transfer", transfer), type="select",
            options=tuple(Option(each, label) for each, label in TRANSFERS.items()),
        ),
        Entry(
            "contact", "Whom to reach there about data",
            value("contact", one.contact if one else ""),
        ),
        *(() if one else _contract(given)),
    )  # fmt: skip


def _contract(given: Mapping[str, str], one: Vendor | None = None) -> tuple[Entry, ...]:
    until = one.contract_until.isoformat() if one and one.contract_until else ""
    return (
        Entry(
            "contract",
            "Where the contract is filed",
            given.get("contract", one.contract if one else ""),
            "Nothing goes to a vendor without one.",
        ),
        Entry(
            "until",
            "Its last day",
            given.get("until", until),
            "Empty: until it is ended.",
            "date",
        ),
    )


def _renew(one: Vendor) -> tuple[Entry, ...]:
    return _contract({}, one)


_CERTIFY: Final = (
    Entry("certificate", "Certificate", hint="ISO 27001, SOC 2 …", is_required=True),
    Entry("valid_until", "Its last day", type="date", is_required=True),
    Entry("is_required", "The flow stops when it lapses", "yes", type="check"),
)


def day_of(text: str) -> date | None:
    """Return a day that was typed; None: none.

    Raises:
        ValueError: it is no day.
    """
    return datetime.strptime(text, "%Y-%m-%d").date() if text else None  # noqa: DTZ007 - a day
