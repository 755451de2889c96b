"""Our strings are theirs: what the IAB's own libraries write we read, and the other way round."""

import json
import random
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import pytest

from candor.domain.consent.model import gpp, tcf
from candor.domain.consent.model.bits import Spans
from candor.domain.consent.model.gpp import LAYOUTS, GppString, Layout, Second, UsSection
from candor.domain.consent.model.tcf import PublisherTC, TCString

pytestmark = pytest.mark.sdk

HERE: Final = Path(__file__).parent
TIMES: Final = 40
JUNE: Final = datetime(2026, 6, 1, tzinfo=UTC)
DICE: Final = random.Random(20_261_121)  # noqa: S311 - the same values on every run
Values = dict[str, Any]


def ask(**asked: object) -> Values:
    """Return what the libraries answer."""
    if not shutil.which("node") or not (HERE / "node_modules/@iabgpp").exists():
        pytest.skip("the libraries of the IAB are not installed: tools/setup node")
    empty: Values = {"tcf": [], "tcfTexts": [], "gpp": [], "gppTexts": []}
    done = subprocess.run(
        ["node", str(HERE / "oracle.mjs")],
        input=json.dumps(empty | asked),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return json.loads(done.stdout)


def some(first: int, last: int, at_most: int) -> list[int]:
    """Return some numbers, ascending; at times many in a row."""
    if DICE.random() < 0.3:
        begin = DICE.randint(first, last)
        return list(range(begin, min(last, begin + DICE.randint(0, 400)) + 1))
    return sorted({DICE.randint(first, last) for _ in range(DICE.randint(0, at_most))})


def tcf_values() -> Values:
    """Return values that a consent platform may choose."""
    disclosed = some(1, 1_500, 60) or [7]
    return {
        "cmpId": DICE.randint(2, 4_095),
        "cmpVersion": DICE.randint(0, 4_095),
        "consentScreen": DICE.randint(0, 63),
        "isServiceSpecific": True,
        "useNonStandardStacks": DICE.random() < 0.5,
        "purposeOneTreatment": DICE.random() < 0.5,
        "publisherCountryCode": DICE.choice(["DE", "PL", "PT", "AA"]),
        "vendorList": DICE.randint(1, 4_095),
        "policy": 5,
        "specialFeatures": some(1, 2, 2),
        "consents": some(1, 11, 11),
        "interests": some(2, 11, 9),
        "disclosed": disclosed,
        "vendorConsents": sorted(DICE.sample(disclosed, DICE.randint(0, len(disclosed)))),
        "vendorInterests": sorted(DICE.sample(disclosed, DICE.randint(0, len(disclosed)))),
        "publisherConsents": some(1, 11, 11),
        "publisherInterests": some(1, 11, 11),
        "at": (JUNE + timedelta(days=DICE.randint(0, 300)))
        .isoformat()
        .replace("+00:00", ".000Z"),
    }


def our_tcf(values: Values) -> TCString:
    """Return the same values as ours."""
    at = datetime.fromisoformat(values["at"])
    return TCString(
        created=at,
        last_updated=at,
        cmp_id=values["cmpId"],
        cmp_version=values["cmpVersion"],
        consent_screen=values["consentScreen"],
        vendor_list=values["vendorList"],
        policy=values["policy"],
        non_standard_texts=values["useNonStandardStacks"],
        special_features=frozenset(values["specialFeatures"]),
        consents=frozenset(values["consents"]),
        interests=frozenset(values["interests"]),
        purpose_one_treatment=values["purposeOneTreatment"],
        publisher_country=values["publisherCountryCode"],
        vendor_consents=Spans.of(values["vendorConsents"]),
        vendor_interests=Spans.of(values["vendorInterests"]),
        disclosed=Spans.of(values["disclosed"]),
        publisher=PublisherTC(
            frozenset(values["publisherConsents"]), frozenset(values["publisherInterests"])
        ),
    )


def test_tcf_strings_of_the_reference_library_are_read() -> None:
    wanted = [tcf_values() for _ in range(TIMES)]
    for values, text in zip(wanted, ask(tcf=wanted)["tcfWritten"], strict=True):
        assert tcf.decode(text) == our_tcf(values)


def test_the_reference_library_reads_our_tcf_strings() -> None:
    wanted = [tcf_values() for _ in range(TIMES)]
    read = ask(tcfTexts=[tcf.encode(our_tcf(values)) for values in wanted])["tcfRead"]
    assert read == wanted


def us_section(layout: Layout) -> UsSection:
    """Return any section of a layout."""
    fields = {
        name: tuple(
            DICE.randint(1 if name == "MspaCoveredTransaction" else 0, 2) for _ in range(count)
        )
        for name, count in layout.fields
    }
    gpc = DICE.random() < 0.5 if layout.second is Second.GPC else None
    sensitive = None
    if layout.second is Second.SENSITIVE:
        sensitive = tuple(DICE.randint(0, 2) for _ in range(8))
    return UsSection(layout.section_id, layout.version, fields, gpc, sensitive)


def their_fields(section: UsSection) -> Values:
    """Return a section as the library names it: a list where there are several numbers."""
    fields: Values = {
        name: list(values) if len(values) > 1 else next(iter(values))
        for name, values in section.fields.items()
    }
    version = "MspaVersion" if section.section_id in {24, 25, 26, 27} else "Version"
    fields[version] = section.version
    if section.gpc is not None:
        fields["Gpc"] = section.gpc
    if section.sensitive is not None:
        fields["SensitiveDataProcessing"] = list(section.sensitive)
    return fields


def gpp_strings() -> list[GppString]:
    """Return strings in which every section stands alone and among others.

    The library writes the newest version of a section only.
    """
    newest = dict(sorted(LAYOUTS))
    layouts = [LAYOUTS[one] for one in newest.items()]
    found = [GppString((us_section(layout),)) for layout in layouts]
    for _ in range(TIMES):
        chosen = sorted(
            DICE.sample(layouts, DICE.randint(2, 6)), key=lambda one: one.section_id
        )
        found.append(GppString(tuple(map(us_section, chosen))))
    return found


def test_gpp_strings_of_the_reference_library_are_read_and_written_alike() -> None:
    strings = gpp_strings()
    names = {layout.section_id: layout.name for layout in LAYOUTS.values()}
    wanted = [
        [
            {"name": names[section.section_id], "fields": their_fields(section)}
            for section in string.sections
            if isinstance(section, UsSection)
        ]
        for string in strings
    ]
    answer = ask(
        gpp=wanted,
        gppTexts=[
            {
                "text": gpp.encode(string),
                "wanted": [
                    {"name": one["name"], "fields": list(one["fields"])} for one in asked
                ],
            }
            for string, asked in zip(strings, wanted, strict=True)
        ],
    )
    for string, text in zip(strings, answer["gppWritten"], strict=True):
        assert gpp.decode(text) == string
        assert gpp.encode(string) == text
    assert answer["gppRead"] == wanted
