"""What the door finds in the demo's calls is what was planned: no database, reading only."""

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.resources import files
from pathlib import Path

import pytest

from candor.demo.load import _batches
from candor.demo.stream import Stream
from candor.domain.audit.model import Actor
from candor.domain.catalogue import service as catalogue
from candor.domain.catalogue.model import InForce, Numbers
from candor.domain.collect.plan import TrackingPlan
from candor.domain.collect.reading import Reader
from candor.domain.vault.service import Vault, Verdict
from candor.infra.db.pool import ReadTx
from candor.infra.keyring import LocalKeyring
from candor.kernel.clock import FixedClock
from candor.kernel.ids import ProfileId
from tests.unit.demo.conftest import NOW

Found = Counter[tuple[str, str]]  # outcome and what


async def _nobody(
    _tx: ReadTx, _ids: Sequence[ProfileId], _purpose: str, _actor: Actor
) -> Mapping[ProfileId, Verdict]:
    return {}


@pytest.fixture(scope="session")
def found(few: Stream, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Return what reading the whole year of a few households counts and refuses."""
    document = catalogue.read(Path(str(files("candor.demo") / "catalogue")))
    numbers = Numbers(
        purposes={p.code: n for n, p in enumerate(document.purposes)},
        attributes={a.code: n for n, a in enumerate(document.attributes)},
        event_types={e.code: n for n, e in enumerate(document.events)},
        sources={s.code: n for n, s in enumerate(document.sources)},
    )
    plan = TrackingPlan(InForce(1, document, numbers))
    keyring = LocalKeyring(tmp_path_factory.mktemp("keys") / "keyring")
    vault = Vault(keyring, FixedClock(NOW), _nobody, lambda *_: None)
    readers = {source.code: Reader(plan, source, vault) for source in document.sources}
    found: Found = Counter()
    for day in range(few.days):
        for lane in _batches(few, day, 2):
            for batch in lane:
                load = readers[batch.source.code].batch(batch.body, NOW)
                found["taken", ""] += len(load.taken)
                for (outcome, what), count in load.counts.items():
                    found[str(outcome), what] += count
    return found


def of(found: Found, outcome: str, *but: str) -> int:
    """Add up an outcome over everything, some things left out."""
    return sum(n for (o, what), n in found.items() if o == outcome and what not in but)


def test_each_refusal_was_planned(few: Stream, found: Found) -> None:
    dirt = few.expected().dirt
    refused = {what: n for (outcome, what), n in found.items() if outcome == "refused" and n}
    assert refused == {
        "wrong_type": dirt["wrong_type"],
        "undeclared_event": dirt["unknown_event"],
        "no_identifier": dirt["no_ids"],
        "bad_time": dirt["bad_time"],
        "time_in_future": dirt["future_time"],
    }
    assert found["taken", ""] + sum(refused.values()) == few.expected().events_sent


def test_each_dropped_property_was_planned(few: Stream, found: Found) -> None:
    dirt = few.expected().dirt
    planned = dirt["undeclared"] + dirt["card_in_reference"]
    assert of(found, "dropped_property", "identify") == planned


def test_each_masked_card_and_address_was_planned(few: Stream, found: Found) -> None:
    dirt = few.expected().dirt
    assert of(found, "card_masked", "identify") == dirt["card_in_note"]
    assert of(found, "contact_masked") == dirt["email_in_search"]
