"""The acts that say first what they will do: their forms, what is wrong in them, and the deed."""

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from candor.domain.audit.model import Actor
from candor.domain.catalogue.model import InForce
from candor.domain.rights.model.happening import What
from candor.domain.rights.model.request import (
    EXTENSIONS,
    REFUSALS,
    Ground,
    Outcome,
    Proof,
    Request,
    Right,
)
from candor.domain.rights.model.task import OVER, Task
from candor.domain.rights.service import deciding
from candor.domain.rights.service import reading as requests
from candor.domain.rights.service.office import Office, happened
from candor.infra.db.pool import ReadTx, Tx
from candor.infra.web.reading import Reader, show_date
from candor.kernel.pii import Pii
from candor.surface.console import words
from candor.surface.console.desk import Desk
from candor.surface.console.requests import letters, naming, queue
from candor.surface.console.requests.views import (
    ActPage,
    AreaPart,
    InputPart,
    SelectPart,
)
from candor.surface.console.views import Option
from candor.surface.plain.visits import Visit, short

LONGEST: Final = 4_000  # signs of words
REFERENCE: Final = re.compile(r"[A-Za-z0-9._:/-]{1,80}")
BY_HAND: Final = (Proof.DATA_POINTS, Proof.DECLARATION, Proof.AUTHORITY)
PROOFS: Final = tuple(Option(proof, naming.PROOFS[proof].capitalize()) for proof in BY_HAND)
FACTS: Final = ("first", "second", "third")
_NEEDED: Final = {Proof.DATA_POINTS: 2, Proof.DECLARATION: 3, Proof.AUTHORITY: 0}
_WITH_PAPER: Final = frozenset({Proof.DECLARATION, Proof.AUTHORITY})
_GROUNDS: Final = tuple(
    Option(ground, naming.GROUNDS[ground]) for ground in Ground if ground in REFUSALS
)
_EXTENSIONS: Final = tuple(
    Option(ground, naming.GROUNDS[ground]) for ground in Ground if ground in EXTENSIONS
)
_PAUSES: Final = (
    Option("identity", "We asked them to show who they are"),
    Option("clarification", "We asked them what they mean"),
)
_OUTCOMES: Final = (
    Option(Outcome.FULL, "All of it was done"),
    Option(Outcome.PART, "A part of it was done, the rest has to stay"),
)
_GROUND_ERROR: Final = "Choose a ground that the law knows."
_ERASES: Final = (
    "When it is enough, the erasure begins at once: the key of the person is destroyed, and"
    " nothing can be read any more, by anybody. It cannot be undone."
)
_WORDS_HINT: Final = "They read it as it stands here, below what the ground says."


@dataclass(frozen=True, slots=True)
class Entered:
    """What was typed into the form of an act, and what is wrong with it."""

    values: Mapping[str, str] = field(repr=False)
    errors: Mapping[str, str] = field(default_factory=dict[str, str])
    is_look: bool = False  # only the letter is to be shown

    def value(self, name: str) -> str:
        """Return what stands in a field."""
        return self.values.get(name, "")

    @property
    def words(self) -> Pii[str] | None:
        """Return what is written to the person; None: nothing."""
        text = self.value("words").strip()
        return Pii(text) if text else None

    @property
    def ground(self) -> Ground | None:
        """Return the ground that was chosen."""
        text = self.value("ground")
        return Ground(text) if text in set(Ground) else None


@dataclass(frozen=True, slots=True)
class About:
    """What the page of an act needs to know of the request."""

    request: Request
    url: str
    csrf_token: str
    tasks: Sequence[Task]
    extended: datetime | None  # until when it would be due with more time
    facts: tuple[Option, ...]  # what can be compared
    rights: tuple[Right, ...]  # what its law gives
    reader: Reader
    in_force: InForce

    @classmethod
    async def of(cls, desk: Desk, tx: ReadTx, request: Request, visit: Visit) -> "About":
        """Gather it."""
        office = desk.services.office
        in_force = (await desk.rules(tx)).in_force
        return cls(
            request=request,
            url=f"{queue.URL}/{request.request_id}",
            csrf_token=visit.csrf_token,
            tasks=await requests.tasks(tx, request.request_id),
            extended=office.laws.extended(
                request.kind, request.regime, request.received_at, await office.calendar(tx)
            ),
            facts=comparable(in_force),
            rights=tuple(right for right in Right if office.laws.knows(request.regime, right)),
            reader=desk.reader(),
            in_force=in_force,
        )

    @property
    def undone(self) -> int:
        """Return how many tasks are not over."""
        return sum(task.state not in OVER for task in self.tasks)

    def page(self, name: str, **parts: object) -> ActPage:
        """Return the page of an act with what is the same on all of them."""
        return ActPage(
            eyebrow=f"Request {short(self.request.request_id)}, {queue.who_of(self.request)}",
            back_url=self.url,
            post_url=f"{self.url}/{name}",
            csrf_token=self.csrf_token,
            **parts,  # pyright: ignore[reportArgumentType] - the fields of the page by name
        )


class Do(Protocol):
    """Does an act."""

    def __call__(
        self, tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
    ) -> Awaitable[Request]:
        """Do it, in the transaction of the form."""
        ...


@dataclass(frozen=True, slots=True)
class Act:
    """One act: its page, its form and its deed."""

    page: Callable[[About, Entered], ActPage]
    read: Callable[[Mapping[str, str]], Entered]
    do: Do
    done: str
    is_grave: bool = True

    def done_of(self, entered: Entered) -> str:
        """Return what the page of the request says afterwards."""
        return "failed" if entered.value("answer") == "wrong" else self.done


def comparable(in_force: InForce) -> tuple[Option, ...]:
    """Return what a person can tell of themselves that we know: identifiers and facts."""
    document = in_force.document
    return (
        *(Option(one.kind, one.title) for one in document.identifiers if one.names_person),
        *(Option(one.code, one.title) for one in document.attributes),
    )


# ---------------------------------------------------------------- recording a proof


def read_proof(fields: Mapping[str, str]) -> Entered:
    """Read what was compared: distinct facts, and the number of the paper that was seen."""
    if fields.get("answer") == "wrong":
        return Entered(fields)
    return Entered(fields, proof_errors(fields))


def proof_errors(fields: Mapping[str, str]) -> dict[str, str]:
    """Return what is missing for the proof that was chosen."""
    proof = fields.get("proof", "")
    if proof not in set(BY_HAND):
        return {"proof": "Choose how you made sure."}
    errors: dict[str, str] = {}
    needed = _NEEDED[Proof(proof)]
    agreed = {fields.get(name, "") for name in FACTS} - {""}
    if len(agreed) < needed:
        errors["first"] = f"This proof needs {needed} different facts that agree with ours."
    if Proof(proof) in _WITH_PAPER and not REFERENCE.fullmatch(fields.get("authority", "")):
        errors["authority"] = "Write down the number of the paper: letters, digits, hyphens."
    return errors


def compared(fields: Mapping[str, str], known: set[str]) -> dict[str, int | str]:
    """Return what was compared as codes, for the log of the request."""
    detail: dict[str, int | str] = {
        name: fields[name] for name in FACTS if fields.get(name, "") in known
    }
    paper = fields.get("authority", "").strip()
    if REFERENCE.fullmatch(paper):
        detail["paper"] = paper
    return detail


def _proof_page(about: About, entered: Entered) -> ActPage:
    request, errors = about.request, entered.errors
    names = ("First fact that agrees", "Second fact", "Third fact")
    return about.page(
        "prove",
        title="Record a proof",
        lede="What somebody told you, compared with what we keep. Their answers are not kept.",
        button="It is the person",
        second=Option("wrong", "It does not agree"),
        effects=(
            *_begins(about),
            f"{request.failures} of 5 wrong proofs so far; after five, none is taken any more.",
        ),
        selects=(
            SelectPart(
                "proof",
                "How you made sure",
                PROOFS,
                entered.value("proof"),
                "Choose one",
                error=errors.get("proof"),
                is_required=False,
            ),
            *(
                SelectPart(
                    name,
                    label,
                    about.facts,
                    entered.value(name),
                    "–",
                    error=errors.get(name),
                    is_required=False,
                )
                for name, label in zip(FACTS, names, strict=True)
            ),
        ),
        inputs=(
            InputPart(
                "authority",
                "Number of the declaration or authority",
                entered.value("authority"),
                hint="Letters, digits and hyphens; no names.",
                error=errors.get("authority"),
                is_required=False,
            ),
        ),
    )


def _begins(about: About) -> tuple[str, ...]:
    request = about.request
    if request.profile_id is None:
        return ("Work begins when it is known whose it is.",)
    if request.kind is Right.ERASURE:
        return (_ERASES,)
    return ("When it is enough, work begins at once.",)


async def _prove(
    tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
) -> Request:
    if entered.value("answer") == "wrong":
        return await deciding.fail_proof(tx, request_id, actor=actor, office=office)
    rules = await office.rulebook.rules(tx)
    known = {option.code for option in comparable(rules.in_force)}
    found = await deciding.locked(tx, request_id)
    detail = compared(entered.values, known)
    await happened(tx, found, What.COMPARED, actor=actor, office=office, detail=detail)
    proof = Proof(entered.value("proof"))
    return await deciding.prove(tx, request_id, proof, actor=actor, office=office)


# ---------------------------------------------------------------- more time


def _read_extension(fields: Mapping[str, str]) -> Entered:
    is_known = fields.get("ground", "") in set(EXTENSIONS)
    return Entered(fields, {} if is_known else {"ground": _GROUND_ERROR})


def _extension_page(about: About, entered: Entered) -> ActPage:
    due, until = about.request.due_at, about.extended
    effects = ("This law gives no more time for it.",)
    if until is not None and due is not None:
        effects = (
            f"It is due on {show_date(due)} now, and on {show_date(until)} then.",
            "They are told at once, with the reason. It can be done once.",
        )
    return about.page(
        "extend",
        title="Take more time",
        lede="Only where the law lets it, with a reason, and before the first time is over.",
        button="Take more time, and tell them",
        effects=effects,
        selects=(_ground_select(_EXTENSIONS, entered),),
    )


async def _extend(
    tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
) -> Request:
    ground = Ground(entered.value("ground"))
    return await deciding.extend(tx, request_id, ground, actor=actor, office=office)


# ---------------------------------------------------------------- which right it is


def _read_right(fields: Mapping[str, str]) -> Entered:
    is_known = fields.get("right", "") in set(Right)
    return Entered(fields, {} if is_known else {"right": "Choose the right that is meant."})


def _right_page(about: About, entered: Entered) -> ActPage:
    return about.page(
        "sort",
        title="Say which right it is",
        lede="A machine guessed it from the words. Read them, and put it right.",
        button="Write it down",
        effects=(
            "Its clock is worked out anew from the day on which it reached us.",
            "When it is found whose it is, they are asked to confirm this right.",
        ),
        selects=(
            SelectPart(
                "right", "The right that is meant",
                tuple(Option(right, naming.right(right)) for right in about.rights),
                entered.value("right") or about.request.kind.value,
                error=entered.errors.get("right"),
            ),
        ),
    )  # fmt: skip


async def _sort(
    tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
) -> Request:
    right = Right(entered.value("right"))
    return await deciding.sort(tx, request_id, right, actor=actor, office=office)


# ---------------------------------------------------------------- the clock stands


def _read_pause(fields: Mapping[str, str]) -> Entered:
    is_known = fields.get("why", "") in {option.code for option in _PAUSES}
    return Entered(fields, {} if is_known else {"why": "Choose why it stands."})


def _pause_page(about: About, entered: Entered) -> ActPage:
    return about.page(
        "pause",
        title="Let the clock stand",
        lede="While we wait for an answer of the person (UK GDPR Art. 12A).",
        button="Let it stand",
        effects=(
            "The day on which it is due moves by as long as the clock stands.",
            "Let it go on as soon as they have answered.",
        ),
        selects=(
            SelectPart(
                "why", "Why", _PAUSES, entered.value("why"), "Choose one",
                error=entered.errors.get("why"),
            ),
        ),
    )  # fmt: skip


async def _pause(
    tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
) -> Request:
    return await deciding.pause(
        tx, request_id, entered.value("why"), actor=actor, office=office
    )


# ---------------------------------------------------------------- refusing


def _read_refusal(fields: Mapping[str, str]) -> Entered:
    errors: dict[str, str] = {}
    if fields.get("ground", "") not in set(REFUSALS):
        errors["ground"] = _GROUND_ERROR
    return _with_words(fields, errors)


def _with_words(fields: Mapping[str, str], errors: dict[str, str]) -> Entered:
    if len(fields.get("words", "")) > LONGEST:
        errors["words"] = f"Write at most {LONGEST:,} signs."
    return Entered(fields, errors, is_look=bool(fields.get("look")))


def _refusal_page(about: About, entered: Entered) -> ActPage:
    tasks = words.counted(about.undone, "task is", "tasks are")
    return about.page(
        "refuse",
        title="Refuse this request",
        lede="With a ground that the law knows. They are told it, and where they can complain.",
        button="Refuse, and send the letter",
        look="danger",
        effects=(
            f"{tasks} dropped. What was done already stays done.",
            "One letter goes to the person, in their language.",
            "The request is closed. It cannot be opened again; they can ask anew, or complain.",
        ),
        selects=(_ground_select(_GROUNDS, entered),),
        area=_words_area(entered),
        preview=_preview(about, entered),
        preview_button=True,
    )


def _preview(about: About, entered: Entered) -> letters.Preview | None:
    if not entered.is_look or entered.errors:
        return None
    text = entered.value("words")
    return letters.preview(about.request, entered.ground, text, about.reader)


def _ground_select(
    options: tuple[Option, ...], entered: Entered, *, is_required: bool = True
) -> SelectPart:
    return SelectPart(
        "ground",
        "Ground",
        options,
        entered.value("ground"),
        "Choose a ground" if is_required else "nothing had to stay",
        error=entered.errors.get("ground"),
        is_required=is_required,
    )


def _words_area(entered: Entered) -> AreaPart:
    return AreaPart(
        "words",
        "Your own words to them",
        entered.value("words"),
        _WORDS_HINT,
        entered.errors.get("words"),
    )


async def _refuse(
    tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
) -> Request:
    return await deciding.refuse(
        tx,
        request_id,
        Ground(entered.value("ground")),
        words=entered.words,
        actor=actor,
        office=office,
    )


# ---------------------------------------------------------------- answering by hand


def _read_answer(fields: Mapping[str, str]) -> Entered:
    errors: dict[str, str] = {}
    outcome, ground = fields.get("outcome", ""), fields.get("ground", "")
    if outcome not in set(Outcome):
        errors["outcome"] = "Choose how much of it was done."
    elif outcome == Outcome.PART and ground not in set(REFUSALS):
        errors["ground"] = "Choose why the rest has to stay."
    elif outcome == Outcome.FULL and ground:
        errors["ground"] = "Where all of it was done, nothing had to stay."
    return _with_words(fields, errors)


def _answer_page(about: About, entered: Entered) -> ActPage:
    tasks = words.counted(about.undone, "task is", "tasks are")
    return about.page(
        "fulfil",
        title="Answer by hand",
        lede="For what a person did, and no machine could. The machine does nothing more for it.",
        button="It is done: close it, and send the letter",
        effects=(
            f"{tasks} dropped: make sure that each of them was done, or is not needed.",
            "One letter goes to the person, in their language.",
            "The request is closed. It cannot be opened again.",
        ),
        selects=(
            SelectPart(
                "outcome",
                "How much of it was done",
                _OUTCOMES,
                entered.value("outcome"),
                "Choose one",
                error=entered.errors.get("outcome"),
            ),
            _ground_select(_GROUNDS, entered, is_required=False),
        ),
        area=_words_area(entered),
        preview=_preview(about, entered),
        preview_button=True,
    )


async def _fulfil(
    tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
) -> Request:
    return await deciding.fulfil(
        tx,
        request_id,
        Outcome(entered.value("outcome")),
        ground=entered.ground,
        words=entered.words,
        actor=actor,
        office=office,
    )


# ---------------------------------------------------------------- taken back


def _withdrawal_page(about: About, entered: Entered) -> ActPage:
    del entered
    tasks = words.counted(about.undone, "task is", "tasks are")
    return about.page(
        "withdraw",
        title="They took it back",
        lede="Only when the person themselves said so.",
        button="Close it",
        effects=(f"{tasks} dropped. What was done already stays done.", "No letter is sent."),
    )


async def _withdraw(
    tx: Tx, request_id: UUID, entered: Entered, *, actor: Actor, office: Office
) -> Request:
    del entered
    return await deciding.withdraw(tx, request_id, actor=actor, office=office)


# ---------------------------------------------------------------- a task by hand


def read_settling(fields: Mapping[str, str]) -> Entered:
    """Read what shows that a task was done, and what had to stay."""
    errors: dict[str, str] = {}
    if not REFERENCE.fullmatch(fields.get("reference", "").strip()):
        errors["reference"] = "Write down a number or code: letters, digits, . _ : / -"
    if fields.get("ground", "") not in {"", *REFUSALS}:
        errors["ground"] = _GROUND_ERROR
    return Entered(fields, errors)


def evidence_of(entered: Entered) -> dict[str, str]:
    """Return what is kept as evidence: codes only."""
    evidence = {"by_hand": entered.value("reference").strip()}
    if entered.ground is not None:
        evidence["kept"] = entered.ground.value
    return evidence


def settling_page(request: Request, task: Task, visit: Visit, entered: Entered) -> ActPage:
    """Return the page on which a task is settled."""
    url = f"{queue.URL}/{request.request_id}"
    what = naming.step(task.step)
    return ActPage(
        title=f"{what}: done by hand",
        eyebrow=f"Request {short(request.request_id)}, {queue.who_of(request)}",
        lede=words.plain(task.party).capitalize() or "Say what shows that it was done.",
        back_url=url,
        post_url=f"{url}/tasks/{task.task_id}",
        csrf_token=visit.csrf_token,
        button="It is done",
        effects=(
            "What comes after it begins at once.",
            "What you write here stands in the evidence of the request, with your name.",
        ),
        selects=(
            SelectPart(
                "ground",
                "What had to stay, if anything",
                _GROUNDS,
                entered.value("ground"),
                "nothing had to stay",
                error=entered.errors.get("ground"),
                is_required=False,
            ),
        ),
        inputs=(
            InputPart(
                "reference",
                "Evidence",
                entered.value("reference"),
                hint="Number of a ticket, letter or protocol. No names, no addresses.",
                error=entered.errors.get("reference"),
            ),
        ),
    )


def _anything(fields: Mapping[str, str]) -> Entered:
    return Entered(fields)


prove: Final = Act(_proof_page, read_proof, _prove, "proved")
extend: Final = Act(_extension_page, _read_extension, _extend, "extended", is_grave=False)
sort: Final = Act(_right_page, _read_right, _sort, "sorted", is_grave=False)
pause: Final = Act(_pause_page, _read_pause, _pause, "paused", is_grave=False)
refuse: Final = Act(_refusal_page, _read_refusal, _refuse, "refused")
fulfil: Final = Act(_answer_page, _read_answer, _fulfil, "fulfilled")
withdraw: Final = Act(_withdrawal_page, _anything, _withdraw, "withdrawn")
