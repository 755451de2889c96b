"""What a change of the catalogue does to people, said before it is applied.

A plan shows what differs; this says what follows from it: who has to be asked again, what can no
longer be found, which promise changes. Each caution is one sentence that somebody can act on.
"""

from collections.abc import Iterator

from candor.domain.catalogue.model import (
    Attribute,
    Channel,
    Document,
    Event,
    Frequency,
    Identifier,
    LegalBasis,
    MachineDecision,
    Property,
    Purpose,
    Source,
    Topic,
    days_of,
)

_OFFICER = "needs a privacy officer"
_OFTEN = tuple(Frequency)  # from the fewest to the most
_FOREVER = 1 << 31  # days: until withdrawn


def cautions(before: Document, after: Document) -> Iterator[str]:
    """Yield what to think about before `after` replaces `before`."""
    yield from _purposes(before, after)
    identifiers = {i.kind: i for i in after.identifiers}
    for identifier in before.identifiers:
        yield from _identifier(identifier, identifiers.get(identifier.kind), after)
    attributes = {a.code: a for a in after.attributes}
    for attribute in before.attributes:
        yield from _attribute(attribute, attributes.get(attribute.code), after)
    events = {e.code: e for e in after.events}
    for event in before.events:
        yield from _event(event, events.get(event.code), after)
    sources = {s.code: s for s in after.sources}
    for source in before.sources:
        yield from _source(source, sources.get(source.code))
    channels = {c.code: c for c in after.channels}
    for channel in before.channels:
        yield from _channel(channel, channels.get(channel.code), before)
    topics = {t.code: t for t in after.topics}
    for topic in before.topics:
        yield from _topic(topic, topics.get(topic.code))
    yield from _new_topics(before, after)
    decisions = {d.code: d for d in after.decisions}
    for decision in before.decisions:
        yield from _decision(decision, decisions.get(decision.code))
    yield from _new_decisions(before, after)


# ------------------------------------------------------------------------------------ purposes
def _purposes(before: Document, after: Document) -> Iterator[str]:
    purposes = {p.code: p for p in after.purposes}
    for purpose in before.purposes:
        now = purposes.get(purpose.code)
        if now is None:
            yield _purpose_removed(purpose.code, before)
            continue
        yield from _basis(purpose, now)
        yield from _promise(purpose, now)
        yield from _retention(f"purpose {purpose.code}", purpose.retention, now.retention)


def _purpose_removed(code: str, before: Document) -> str:
    attributes = sum(code in a.purposes for a in before.attributes)
    events = sum(code in e.purposes for e in before.events)
    return (
        f"purpose {code} removed: {_many(attributes, 'attribute')} and {_many(events, 'event')}"
        " lose this reason; what was kept for it alone has to go"
    )


def _basis(was: Purpose, now: Purpose) -> Iterator[str]:
    moves: dict[tuple[LegalBasis, LegalBasis], list[str]] = {}
    for law, before in was.basis.items():
        after = now.basis.get(law)
        if after is not None and after is not before:
            moves.setdefault((before, after), []).append(law.value)
    for (before, after), laws in moves.items():
        change = (
            f"purpose {was.code}: legal basis under {', '.join(sorted(laws))} changed from"
            f" {_words(before)} to {_words(after)}"
        )
        if after is LegalBasis.CONSENT:
            yield f"{change}: everybody has to be asked; until then it counts as no"
        else:
            yield f"{change}: {_OFFICER}, and customers have to be told"


def _promise(was: Purpose, now: Purpose) -> Iterator[str]:
    """What customers said yes to has changed (GDPR Art. 7, 13(3))."""
    if LegalBasis.CONSENT in was.basis.values():
        yield from _edition(was, now)
    for recipient in now.recipients:
        if recipient not in was.recipients:
            yield (
                f"purpose {was.code}: {recipient} is a new recipient; customers have to be told"
                " before it receives anything"
            )
    if now.is_sale and not was.is_sale:
        yield (
            f"purpose {was.code}: counts as sale from now on; who sends Global Privacy Control"
            " is a no at their next visit"
        )
    if was.is_sale and not now.is_sale:
        yield (
            f"purpose {was.code}: no longer counts as sale, so Global Privacy Control does not"
            f" stop it any more: {_OFFICER}"
        )
    if was.confirm and not now.confirm:
        yield f"purpose {was.code}: a yes from an address that nobody has proven counts at once"


def _edition(was: Purpose, now: Purpose) -> Iterator[str]:
    """A yes is to one edition: a higher one lapses it, the same one keeps it."""
    what = f"purpose {was.code}"
    if now.edition > was.edition:
        yield (
            f"{what}: edition {now.edition} instead of {was.edition}; every yes lapses at once,"
            " and everybody has to be asked again"
        )
    elif now.edition < was.edition:
        yield (
            f"{what}: edition {now.edition} instead of {was.edition}; is it a mistake? Each yes"
            " that lapsed with the later one would count again"
        )
    elif changed := tuple(_other_words(was, now)):
        yield (
            f"{what}: new {' and '.join(changed)}; who said yes said it to the old ones, and"
            f" that yes stays. Raise `edition` to {was.edition + 1} if it matters to them"
        )


def _other_words(was: Purpose, now: Purpose) -> Iterator[str]:
    """Name what differs of what people read before they said yes."""
    locales = [code for code, text in was.texts.items() if now.texts.get(code, text) != text]
    if locales:
        yield f"words in {', '.join(locales)}"
    if set(now.recipients) - set(was.recipients):
        yield "recipients"
    if (days_of(now.retention) or 0) > (days_of(was.retention) or 0):
        yield "retention"
    if (days_of(now.consent_lasts) or _FOREVER) > (days_of(was.consent_lasts) or _FOREVER):
        yield "time that a yes lasts"


def _retention(what: str, was: str, now: str) -> Iterator[str]:
    before, after = days_of(was) or 0, days_of(now) or 0
    if after > before:
        yield f"{what}: kept for {now} instead of {was}, longer than was promised: {_OFFICER}"
    if after < before:
        yield f"{what}: kept for {now} instead of {was}; what is older has to go"


# ----------------------------------------------------------------- identifiers, attributes, events
def _identifier(was: Identifier, now: Identifier | None, after: Document) -> Iterator[str]:
    what = f"identifier {was.kind}"
    if now is None:
        yield f"{what} removed: nobody can be found by it any more"
        return
    yield from _new_purposes(what, was.purposes, now.purposes, after)
    if now.normalise != was.normalise:
        yield f"{what}: those already kept were spelt by `{was.normalise}` and will not be found"
    if now.merges and not was.merges:
        yield f"{what}: it makes one person of two profiles from now on; try it on a copy first"
    if now.limit < was.limit:
        yield f"{what}: people with more than {now.limit} go to review at their next record"


def _attribute(was: Attribute, now: Attribute | None, after: Document) -> Iterator[str]:
    what = f"attribute {was.code}"
    if now is None:
        yield f"{what} removed: it is refused at the door; what is kept of it has to go"
        return
    yield from _new_purposes(what, was.purposes, now.purposes, after)
    yield from _retention(what, was.retention, now.retention)
    if now.type is not was.type:
        yield f"{what}: values already kept stay {was.type.value}"
    if was.is_sensitive and not now.is_sensitive:
        yield f"{what}: no longer treated as sensitive: {_OFFICER}"
    if now.identifier != was.identifier:
        yield f"{what}: finds profiles as {now.identifier or 'nothing'} from now on"


def _event(was: Event, now: Event | None, after: Document) -> Iterator[str]:
    what = f'event "{was.code}"'
    if now is None:
        yield f"{what} removed: it is refused at the door; what is kept of it has to go"
        return
    yield from _new_purposes(what, was.purposes, now.purposes, after)
    yield from _retention(what, was.retention, now.retention)
    properties = {p.name: p for p in now.properties}
    for found in was.properties:
        if found.name in properties:
            yield from _property(f"{what}, {found.name}", found, properties[found.name])


def _property(what: str, was: Property, now: Property) -> Iterator[str]:
    if was.is_personal and not now.is_personal:
        yield f"{what}: no longer sealed, so it stands open beside the pseudonym: {_OFFICER}"
    if was.identifier and not now.identifier:
        yield f"{what}: no longer taken out as {was.identifier}: {_OFFICER}"
    if was.is_free_text and not now.is_free_text:
        yield f"{what}: no longer searched for contacts that people type: {_OFFICER}"


def _new_purposes(
    what: str, was: tuple[str, ...], now: tuple[str, ...], after: Document
) -> Iterator[str]:
    """Data that is there is used for something new (GDPR Art. 5(1)(b), 6(4))."""
    for purpose in after.purposes:
        if purpose.code in now and purpose.code not in was:
            rests = set(purpose.basis.values())
            if rests != {LegalBasis.CONSENT}:
                yield f"{what}: also used for {purpose.code}, which nobody is asked for: {_OFFICER}"


def _source(was: Source, now: Source | None) -> Iterator[str]:
    what = f"source {was.code}"
    if now is None:
        yield f"{what} removed: what it still sends is refused"
        return
    more = [kind for kind in now.verifies if kind not in was.verifies]
    if more:
        yield f"{what}: vouches for {', '.join(more)} from now on, so more profiles become one"
    if now.user_id != was.user_id:
        yield f"{what}: its userId is read as {now.user_id}, no longer as {was.user_id}"


# --------------------------------------------------------------------------- channels and topics
def _channel(was: Channel, now: Channel | None, before: Document) -> Iterator[str]:
    what = f"channel {was.code}"
    if now is None:
        topics = sum(was.code in (*t.channels, *t.offers) for t in before.topics)
        yield f"{what} removed: nothing comes this way any more ({_many(topics, 'topic')})"
        return
    if now.contact != was.contact:
        yield f"{what}: reaches {now.contact or 'nobody by name'}, no longer {was.contact or 'all'}"
    if was.is_loud and not now.is_loud:
        yield f"{what}: no longer silent in the company's quiet hours"


def _topic(was: Topic, now: Topic | None) -> Iterator[str]:
    what = f"topic {was.code}"
    if now is None:
        yield f"{what} removed: nothing about it is sent any more, whatever people wished"
        return
    if now.purpose != was.purpose:
        yield (
            f"{what}: serves {now.purpose} instead of {was.purpose}; who said yes to"
            f" {now.purpose} gets it from now on: {_OFFICER}"
        )
    opened = [code for code in now.channels if code not in was.channels]
    if opened:
        yield (
            f"{what}: opens on {', '.join(opened)} for everybody who said yes to {now.purpose}"
            f" and chose nothing else; its words must have named this: {_OFFICER}"
        )
    closed = [code for code in was.channels if code not in now.channels]
    if closed:
        yield f"{what}: closes on {', '.join(closed)} for those who chose nothing else"
    if _OFTEN.index(now.frequency) > _OFTEN.index(was.frequency):
        yield (
            f"{what}: {_frequency(now)} instead of {_frequency(was)} for those who chose nothing"
            " else"
        )


def _new_topics(before: Document, after: Document) -> Iterator[str]:
    """A topic that starts open reaches people who said yes before it was there."""
    known = {t.code for t in before.topics}
    asked = {p.code for p in before.purposes}
    for topic in after.topics:
        if topic.code not in known and topic.channels and topic.purpose in asked:
            yield (
                f"topic {topic.code}: opens on {', '.join(topic.channels)} for everybody who"
                f" said yes to {topic.purpose} before it was there; its words must have named this"
            )


# ------------------------------------------------------------------------ decisions by machine
def _decision(was: MachineDecision, now: MachineDecision | None) -> Iterator[str]:
    what = f"decision {was.code}"
    if now is None:
        yield f"{what} removed: what a machine decided so far stays, more is refused"
        return
    yield from _retention(what, was.retention, now.retention)
    if now.edition < was.edition:
        yield f"{what}: edition {now.edition} instead of {was.edition}; is it a mistake?"
    if now.edition == was.edition and _logic(now) != _logic(was):
        yield (
            f"{what}: other words or inputs with the same edition; raise `edition` to"
            f" {was.edition + 1} so that what was decided keeps the words of its day"
        )
    if was.is_significant and not now.is_significant:
        yield f"{what}: no longer counts as weighing much for people: {_OFFICER}"


def _logic(decision: MachineDecision) -> tuple[object, ...]:
    return decision.inputs, decision.outcomes, decision.texts


def _new_decisions(before: Document, after: Document) -> Iterator[str]:
    known = {d.code for d in before.decisions}
    for decision in after.decisions:
        if decision.code not in known and decision.is_significant:
            yield (
                f"decision {decision.code}: a machine decides alone what weighs much:"
                f" {_OFFICER}, and customers have to be told (GDPR Art. 13(2)(f))"
            )


def _frequency(topic: Topic) -> str:
    return (
        "whenever there is something" if topic.frequency is Frequency.ANY else topic.frequency
    )


def _words(basis: LegalBasis) -> str:
    return basis.value.replace("_", " ")


def _many(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"
