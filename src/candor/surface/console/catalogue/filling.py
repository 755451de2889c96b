"""From the catalogue in force to its page."""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

from candor.domain.access.model.sign_in import Staff
from candor.domain.catalogue.model import (
    Attribute,
    Channel,
    Document,
    Event,
    Identifier,
    InForce,
    LegalBasis,
    MachineDecision,
    Property,
    Purpose,
    Source,
    Survivorship,
    Topic,
    Version,
)
from candor.surface.console import saying, words
from candor.surface.console.catalogue.views import (
    AttributeLine,
    CataloguePage,
    ChannelLine,
    DecisionLine,
    EventCard,
    IdentifierLine,
    PurposeCard,
    SourceLine,
    TopicLine,
    VersionLine,
)
from candor.surface.console.views import Pair

_DIGEST_SHOWN = 12


def catalogue_page(
    in_force: InForce, versions: Sequence[Version], staff: Mapping[UUID, Staff]
) -> CataloguePage:
    """Return the view."""
    lines = tuple(_version(version, staff, in_force) for version in versions)
    current = next(line for line in lines if line.number == in_force.version_id)
    document = in_force.document
    return CataloguePage(
        version=current,
        controller=_controller(document),
        purposes=tuple(_purpose(purpose) for purpose in document.purposes),
        attributes=tuple(_attribute(one) for one in document.attributes),
        identifiers=tuple(_identifier(one) for one in document.identifiers),
        events=tuple(_event(event, in_force) for event in document.events),
        channels=tuple(_channel(channel, in_force) for channel in document.channels),
        topics=tuple(_topic(topic, in_force) for topic in document.topics),
        decisions=tuple(_decision(one, in_force) for one in document.decisions),
        sources=tuple(_source(source, in_force) for source in document.sources),
        versions=lines,
    )


def _version(version: Version, staff: Mapping[UUID, Staff], in_force: InForce) -> VersionLine:
    return VersionLine(
        number=version.version_id,
        applied_at=version.applied_at,
        applied_by=words.labelled(version.applied_by, staff, in_force),
        digest=version.digest.hex()[:_DIGEST_SHOWN],
        summary=(
            f"{version.purposes} purposes, {version.attributes} attributes, "
            f"{version.events} events, {version.sources} sources, "
            f"{version.channels} channels, {version.topics} topics, "
            f"{version.decisions} decisions"
        ),
    )


def _controller(document: Document) -> tuple[Pair, ...]:
    """Return who answers for the data, as far as it is declared."""
    controller = document.controller
    address = ", ".join(part for part in (controller.address, controller.country) if part)
    found = (
        ("Name", controller.legal_name or document.company),
        ("Address", address),
        ("People write to", controller.contact),
        ("People may complain to", controller.authority),
        ("Time zone", controller.time_zone),
        ("Loud channels are silent", _hours(controller.quiet_hours)),
    )
    return tuple(Pair(name, value) for name, value in found if value)


def _hours(span: str) -> str:
    first, _, end = span.partition("-")
    return f"from {first}:00 to {end}:00, where the person is" if end else ""


def _purpose(purpose: Purpose) -> PurposeCard:
    text = purpose.texts["en"]
    bases = dict.fromkeys(words.basis(basis) for basis in purpose.basis.values())
    details = [
        ("In short", words.purpose(purpose.code)),
        ("Kept for", words.duration(purpose.retention)),
        ("Who receives it", ", ".join(purpose.recipients) or "nobody else"),
    ]
    details += _asking(purpose)
    if purpose.roles:
        details.append(("Who opens a person for it", ", ".join(map(words.role, purpose.roles))))
    return PurposeCard(purpose.code, text.title, text.plain, " or ".join(bases), tuple(details))


def _asking(purpose: Purpose) -> Iterator[tuple[str, str]]:
    """Yield how a yes comes about, how long it holds, and who else may answer."""
    if LegalBasis.CONSENT in purpose.basis.values():
        yield "Edition", str(purpose.edition)
        if purpose.consent_lasts:
            yield "A yes lasts", words.duration(purpose.consent_lasts)
        yield "Asked again", f"{words.duration(purpose.ask_again)} after a no"
    if purpose.confirm:
        yield "Confirmation", "by a mail, when nobody has proven the address"
    if purpose.is_sale:
        yield "Sale or sharing", "Global Privacy Control says no to it"
    if purpose.tcf:
        numbers = ", ".join(map(str, purpose.tcf))
        yield "In a TC string", f"a yes when all of these are set: {numbers}"
    if purpose.dpv:
        yield "On receipts", f"dpv:{purpose.dpv}"


def _purposes(codes: Sequence[str]) -> tuple[str, ...]:
    return tuple(words.purpose(code) for code in codes)


def _attribute(attribute: Attribute) -> AttributeLine:
    kind = words.value_type(attribute.type)
    if attribute.values:
        kind = f"one of {len(attribute.values)}"
    marks = [words.group(attribute.group).lower()]
    marks += ["sensitive"] if attribute.is_sensitive else []
    marks += ["a guess"] if attribute.is_inferred else []
    return AttributeLine(
        code=attribute.code,
        label=attribute.title,
        kind=kind,
        classification=", ".join(marks),
        purposes=_purposes(attribute.purposes),
        retention=words.duration(attribute.retention),
        survivorship=(
            "the most trusted source’s, then the newest"
            if attribute.survivorship is Survivorship.MOST_TRUSTED
            else "the newest, then the most trusted source’s"
        ),
    )


def _identifier(identifier: Identifier) -> IdentifierLine:
    joins = "joins two people when verified" if identifier.merges else "never joins people"
    if identifier.merges and not identifier.names_person:
        joins = "joins an anonymous history to who signs in"
    return IdentifierLine(
        code=identifier.kind,
        label=identifier.title,
        joins=joins,
        limit=identifier.limit,
        purposes=_purposes(identifier.purposes),
    )


def _event(event: Event, in_force: InForce) -> EventCard:
    return EventCard(
        code=event.code,
        label=event.title,
        purposes=_purposes(event.purposes),
        retention=words.duration(event.retention),
        properties=tuple(Pair(one.name, _property(one, in_force)) for one in event.properties),
    )


def _property(declared: Property, in_force: InForce) -> str:
    parts = [words.value_type(declared.type)]
    if declared.values:
        parts = [f"one of {', '.join(declared.values)}"]
    if declared.items:
        parts = ["list of " + ", ".join(item.name for item in declared.items)]
    parts += ["required"] if declared.required else []
    parts += ["sealed"] if declared.is_personal else []
    if declared.identifier:
        parts.append(f"kept as {words.kind(declared.identifier, in_force).lower()} only")
    return ", ".join(parts)


def _source(source: Source, in_force: InForce) -> SourceLine:
    kinds = [words.kind(kind, in_force).lower() for kind in source.verifies]
    verifies = f"vouches for {', '.join(kinds)}" if kinds else "vouches for nothing"
    names = words.kind(source.user_id, in_force).lower()
    return SourceLine(
        source.code,
        source.title,
        f"{source.trust} of 100",
        f"names people by {names}; {verifies}",
        source.origins,
    )


def _channel(channel: Channel, in_force: InForce) -> ChannelLine:
    reaches = "everybody"
    if channel.contact:
        kind = words.kind(channel.contact, in_force).lower()
        reaches = f"people with a verified {kind}"
    silence = "silent in their quiet hours"
    if channel.is_loud:
        silence = "silent in our quiet hours and in theirs"
    return ChannelLine(channel.code, channel.title(), reaches, silence)


def _topic(topic: Topic, in_force: InForce) -> TopicLine:
    return TopicLine(
        code=topic.code,
        label=topic.title(),
        plain=topic.texts["en"].plain,
        purpose=words.purpose(topic.purpose),
        open_on=tuple(in_force.channels[code].title() for code in topic.channels),
        offered_on=tuple(in_force.channels[code].title() for code in topic.offers),
        frequency=saying.frequency(topic.frequency),
    )


def _decision(decision: MachineDecision, in_force: InForce) -> DecisionLine:
    attributes = in_force.attributes
    return DecisionLine(
        code=decision.code,
        label=decision.title(),
        plain=decision.text().plain,
        purpose=words.purpose(decision.purpose),
        inputs=tuple(
            attributes[code].title if code in attributes else in_force.events[code].title
            for code in decision.inputs
        ),
        outcomes=tuple(outcome.replace("_", " ") for outcome in decision.outcomes),
        is_significant=decision.is_significant,
        edition=decision.edition,
        retention=words.duration(decision.retention),
    )
