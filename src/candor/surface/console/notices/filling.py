"""From kept notices to their pages; what changed between two is found word by word."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from candor.domain.catalogue.model import Purpose
from candor.domain.consent.model.notice import Notice, shown
from candor.domain.consent.model.policy import Rules
from candor.domain.consent.service.notices import Published
from candor.infra.web.reading import language_name, show_duration
from candor.surface.console import saying, words
from candor.surface.console.desk import HOME
from candor.surface.console.notices.views import (
    Change,
    NoticeLine,
    NoticePage,
    NoticesPage,
    Piece,
    PurposeNotices,
)
from candor.surface.console.views import Pair

URL: Final = f"{HOME}/notices"
_SHOWN: Final = 12  # signs of a fingerprint in a list


def notices_page(
    found: Mapping[str, Sequence[Published]], rules: Rules, yeses: Mapping[str, int] | None
) -> NoticesPage:
    """Return the view; call it inside `reading`.

    Args:
        found: every notice, by purpose, newest first.
        rules: the catalogue in force.
        yeses: people by notice; None when the reader may not see counts.
    """
    return NoticesPage(
        purposes=tuple(
            PurposeNotices(
                code=purpose.code,
                name=words.purpose(purpose.code).capitalize(),
                edition=purpose.edition,
                lines=tuple(
                    _line(one, purpose, rules, yeses) for one in found.get(purpose.code, ())
                ),
            )
            for purpose in rules.in_force.document.purposes
        ),
        shows_yeses=yeses is not None,
    )


def notice_page(
    one: Published,
    others: Sequence[Published],
    rules: Rules,
    yeses: Mapping[str, int] | None,
) -> NoticePage:
    """Return the view of one notice; call it inside `reading`.

    Args:
        one: the notice.
        others: every notice about the same purpose.
        rules: the catalogue in force.
        yeses: people by notice; None when the reader may not see counts.
    """
    notice = one.notice
    before = _before(one, others)
    return NoticePage(
        name=words.purpose(notice.purpose).capitalize(),
        title=notice.title,
        plain=notice.plain,
        gain=notice.gain,
        language=_language(notice.locale),
        locale=notice.locale.replace("_", "-"),
        edition=notice.edition,
        is_in_force=_is_in_force(one, rules),
        since=one.published_at,
        fingerprint=one.notice_id,
        details=tuple(Pair(name, value) for name, value in _details(notice)),
        yeses=None if yeses is None else saying.count(yeses.get(one.notice_id, 0)),
        before_url=None if before is None else f"{URL}/{before.notice_id}",
        changes=() if before is None else tuple(changes(before.notice, notice)),
        back_url=f"{URL}#notices-{notice.purpose}",
    )


def changes(before: Notice, after: Notice) -> Iterator[Change]:
    """Yield the parts of a notice that are not as they were; call it inside `reading`."""
    parts = [
        ("Title", before.title, after.title),
        ("Words", before.plain, after.plain),
        ("What they get", before.gain, after.gain),
    ]
    was = dict(_details(before))
    parts += [(name, was.get(name, ""), value) for name, value in _details(after)]
    for name, old, new in parts:
        if old != new:
            yield Change(name, tuple(_pieces(old.split(), new.split())))


def _pieces(old: Sequence[str], new: Sequence[str]) -> Iterator[Piece]:
    """Yield stretches of words that stayed, went and came, in their order."""
    matcher = SequenceMatcher(None, old, new, autojunk=False)
    for tag, i1, i2, j1, j2 in matcher.get_opcodes():
        if tag == "equal":
            yield Piece(" ".join(old[i1:i2]), "same")
            continue
        if i2 > i1:
            yield Piece(" ".join(old[i1:i2]), "gone")
        if j2 > j1:
            yield Piece(" ".join(new[j1:j2]), "new")


def _details(notice: Notice) -> Iterator[tuple[str, str]]:
    controller = notice.controller
    bases = dict.fromkeys(words.basis(basis) for basis in notice.basis.values())
    yield "Edition", str(notice.edition)
    yield "Rests on", " or ".join(bases)
    yield "What it uses", ", ".join(datum.title for datum in notice.data) or "nothing"
    yield "Who receives it", ", ".join(notice.recipients) or "nobody else"
    yield "Kept for", show_duration(notice.retention) or "no time set"
    yield "A yes lasts", show_duration(notice.consent_lasts) or "until they take it back"
    yield "Sale or sharing", "yes" if notice.is_sale else "no"
    address = (controller.name, controller.address, controller.country, controller.contact)
    yield "Who answers for it", ", ".join(part for part in address if part)
    yield "People may complain to", controller.authority or "not named"


def _line(
    one: Published, purpose: Purpose, rules: Rules, yeses: Mapping[str, int] | None
) -> NoticeLine:
    notice = one.notice
    return NoticeLine(
        edition=notice.edition,
        language=_language(notice.locale),
        title=notice.title,
        since=one.published_at,
        is_in_force=shown(rules, purpose.code, notice.locale).notice_id == one.notice_id,
        fingerprint=one.notice_id[:_SHOWN],
        url=f"{URL}/{one.notice_id}",
        yeses=None if yeses is None else saying.count(yeses.get(one.notice_id, 0)),
    )


def _is_in_force(one: Published, rules: Rules) -> bool:
    code = one.notice.purpose
    return (
        code in rules.in_force.purposes
        and shown(rules, code, one.notice.locale).notice_id == one.notice_id
    )


def _before(one: Published, others: Sequence[Published]) -> Published | None:
    """Return the words before these in the same language, if there were any."""
    earlier = [
        other
        for other in others
        if other.notice.locale == one.notice.locale and other.published_at < one.published_at
    ]
    return max(earlier, key=lambda other: other.published_at, default=None)


def _language(locale: str) -> str:
    return language_name(locale) or locale
