"""People put right what is known about them (GDPR Art. 16), and say what is not so.

Their own answer stands beside those of the sources, under a number that no source has, and wins
over each of them, whenever they speak (`model.survive`). So no source can overwrite it, what
sources say stays visible as what lost, and taking the correction back lets them count again.

An empty answer contests a guess, or removes a fact that rests on nothing but the person's yes.
"""

from math import isfinite
from typing import Any, Final, cast
from uuid import UUID

from candor.domain.audit import service as audit
from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import Attribute, InForce, LegalBasis, ValueType
from candor.domain.consent.model.policy import Policy, Rules
from candor.domain.consent.service import gate
from candor.domain.consent.service.gate import OWN_DATA
from candor.domain.feed import service as feed
from candor.domain.feed.model import Changed
from candor.domain.profiles import queries
from candor.domain.profiles.errors import (
    NoSuchProfile,
    NotCorrectable,
    NotRemovable,
    WrongAnswer,
)
from candor.domain.profiles.model import OWN_SOURCE, YOU
from candor.domain.profiles.service import keep
from candor.domain.profiles.service.keep import Said
from candor.domain.vault.service import Vault
from candor.infra.db.pool import Tx
from candor.kernel.clock import Clock
from candor.kernel.ids import ProfileId
from candor.kernel.pii import Pii
from candor.kernel.redact import is_secret_name, mask_cards
from candor.kernel.values import check_for

_YES_ONLY: Final = frozenset({LegalBasis.CONSENT, LegalBasis.OPT_OUT})


def is_correctable(attribute: Attribute) -> bool:
    """Tell whether a person may put a fact right at once: identifiers need a proof first."""
    return not attribute.identifier and not is_secret_name(attribute.code)


def is_removable(attribute: Attribute, policy: Policy, regime: str | None) -> bool:
    """Tell whether a person may take a fact away: a guess, or one that rests on their yes alone."""
    return is_correctable(attribute) and (
        attribute.is_inferred
        or all(
            policy.basis(policy.bits[code], regime) in _YES_ONLY for code in attribute.purposes
        )
    )


async def correct(
    tx: Tx,
    code: str,
    value: Pii[Any],
    *,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
    clock: Clock,
) -> None:
    """Keep what the customer says of themselves; audited, and told in the change feed.

    Raises:
        NotCorrectable: not declared, or an identifier.
        WrongAnswer: not of the declared type, length or values, or the number of a payment card.
        NoSuchProfile: they were erased.
    """
    attribute = _attribute(code, in_force)
    plain = value.reveal()
    check = check_for(attribute.type, attribute.values, attribute.max_length)
    if plain in (None, "") or check(plain) is not None:
        raise WrongAnswer
    if any(mask_cards(text)[1] for text in _texts(plain)):
        raise WrongAnswer
    await _say(tx, attribute, value, "profiles.corrected", actor, in_force, vault, clock)


async def rectify(
    tx: Tx,
    profile_id: ProfileId,
    code: str,
    value: Pii[str],
    *,
    in_force: InForce,
    vault: Vault,
    clock: Clock,
) -> None:
    """Keep what somebody wrote instead of a fact about themselves (GDPR Art. 16); audited.

    As `correct`, for a request that says it in words: a number is read from them.

    Raises:
        NotCorrectable: not declared, or an identifier.
        WrongAnswer: the words are not of the declared type, length or values.
        NoSuchProfile: they were erased.
    """
    attribute = _attribute(code, in_force)
    actor = Actor.customer(
        profile_id, next(iter(await vault.pseudonyms(tx, [profile_id])), None)
    )
    plain: Pii[Any] = value.map(lambda text: typed(attribute.type, text.strip()))
    await correct(tx, code, plain, actor=actor, in_force=in_force, vault=vault, clock=clock)


_YES: Final = frozenset({"true", "yes", "1"})
_NO: Final = frozenset({"false", "no", "0"})


def typed(kind: ValueType, text: str) -> Any:  # noqa: ANN401 - of whatever type is declared
    """Return what words say, in the declared type; the words where they say nothing of it."""
    try:
        if kind is ValueType.INTEGER:
            return int(text)
        if kind is ValueType.NUMBER:
            number = float(text)
            return number if isfinite(number) else text
    except ValueError:
        return text
    if kind is ValueType.BOOLEAN and text.casefold() in _YES | _NO:
        return text.casefold() in _YES
    return text


async def set_aside(
    tx: Tx, code: str, *, actor: Actor, rules: Rules, vault: Vault, clock: Clock
) -> None:
    """Keep that the customer contests a guess or removes a fact: from now on it has no value.

    Raises:
        NotCorrectable: not declared, or an identifier.
        NotRemovable: it rests on more than their yes.
        NoSuchProfile: they were erased.
    """
    attribute = _attribute(code, rules.in_force)
    own = _own(actor)
    state = (await gate.states(tx, [own])).get(own)
    if not is_removable(attribute, rules.policy, state.regime if state else None):
        raise NotRemovable
    action = "profiles.contested" if attribute.is_inferred else "profiles.set_aside"
    nothing: Pii[Any] = Pii(None)
    await _say(tx, attribute, nothing, action, actor, rules.in_force, vault, clock)


async def take_back(
    tx: Tx, code: str, *, actor: Actor, in_force: InForce, vault: Vault, clock: Clock
) -> bool:
    """Take the customer's own answer back: those of the sources count again; audited.

    Returns:
        whether there was one.

    Raises:
        NotCorrectable: not declared, or an identifier.
        NoSuchProfile: they were erased.
    """
    attribute = _attribute(code, in_force)
    joined = await queries.members(tx, profile_id=_own(actor))
    members = [ProfileId(profile.profile_id) for profile in joined]
    removed = await queries.take_back(
        tx,
        profile_ids=members,
        attribute_id=in_force.numbers.attributes[code],
        source_id=OWN_SOURCE,
    )
    if removed:
        await _note(tx, attribute, "profiles.correction_taken_back", actor, vault, clock)
        await feed.publish(tx, Changed.ATTRIBUTES, members, clock)
    return removed > 0


async def _say(
    tx: Tx,
    attribute: Attribute,
    value: Pii[Any],
    action: str,
    actor: Actor,
    in_force: InForce,
    vault: Vault,
    clock: Clock,
) -> None:
    own = _own(actor)
    await _note(tx, attribute, action, actor, vault, clock)
    said = Said(
        profile_id=own,
        attribute_id=in_force.numbers.attributes[attribute.code],
        source_id=OWN_SOURCE,
        value=value,
        purposes=in_force.mask(attribute.purposes),
        changed_by=YOU,
        observed_at=clock.now(),
    )
    await keep.put(tx, [said], await vault.keys(tx, [own]), clock)


async def _note(
    tx: Tx, attribute: Attribute, action: str, actor: Actor, vault: Vault, clock: Clock
) -> None:
    """Write into the audit log what the customer does; never what they say."""
    keys = await vault.keys(tx, [_own(actor)])
    if not keys:
        raise NoSuchProfile
    await audit.record(
        tx,
        actor=actor,
        action=action,
        clock=clock,
        subjects=[key.pseudonym for key in keys.values()],
        purpose=OWN_DATA,
        fields=[attribute.code],
    )


def _own(actor: Actor) -> ProfileId:
    """Return whose the facts are: a customer puts right what is theirs, nobody else's."""
    return ProfileId(UUID(actor.id))


def _attribute(code: str, in_force: InForce) -> Attribute:
    attribute = in_force.attributes.get(code)
    if attribute is None or not is_correctable(attribute):
        raise NotCorrectable
    return attribute


def _texts(value: Any) -> list[str]:  # noqa: ANN401 - whatever a person may say
    given = cast("list[Any]", value) if isinstance(value, list) else [value]
    return [text for text in given if isinstance(text, str)]
