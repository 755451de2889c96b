"""Code that sends what is not declared is found, with file and line."""

from pathlib import Path
from textwrap import dedent

import pytest

from candor.domain.catalogue import service
from candor.domain.catalogue.model import CodeCheck
from tests.factories.catalogue import make_document


def check(folder: Path, **files: str) -> CodeCheck:
    for name, text in files.items():
        path = folder / name.replace("__", "/").replace("_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text), encoding="utf-8")
    return service.check_code(make_document(), folder)


def said(folder: Path, **files: str) -> list[str]:
    return [str(problem) for problem in check(folder, **files).findings]


JAVASCRIPT = {
    "browser": 'analytics.track("Order Completed", { order_id: 1, totl: 2 });',
    "window": "window.analytics.track('Order Completed', {'order_id': 1, 'totl': 2})",
    "optional": "analytics?.track(`Order Completed`, { order_id, totl: sum(a, [b, c]) })",
    "node": 'analytics.track({ userId, event: "Order Completed",'
    " properties: { order_id, totl } })",
    "rudder": 'rudderanalytics.track("Order Completed", { ...rest, totl: 2 })',
}


@pytest.mark.parametrize("code", JAVASCRIPT.values(), ids=JAVASCRIPT.keys())
def test_an_undeclared_property_is_found_in_every_form_of_javascript(
    tmp_path: Path, code: str
) -> None:
    assert said(tmp_path, a_js=f"\n{code}") == [
        'a.js, line 2: property `totl` of "Order Completed" is not declared;'
        " did you mean `total`?"
    ]


PYTHON = {
    "by place": 'analytics.track("u", "Order Completed", {"order_id": 1, "totl": 2})',
    "by name": 'analytics.track(user_id="u", event="Order Completed",'
    ' properties={"order_id": 1, "totl": 2})',
    "client": 'self.segment.track("u", "Order Completed", {"totl": 2, **more})',
}


@pytest.mark.parametrize("code", PYTHON.values(), ids=PYTHON.keys())
def test_an_undeclared_property_is_found_in_every_form_of_python(
    tmp_path: Path, code: str
) -> None:
    assert said(tmp_path, a_py=f"\n{code}") == [
        'a.py, line 2: property `totl` of "Order Completed" is not declared;'
        " did you mean `total`?"
    ]


def test_line_is_that_of_the_name(tmp_path: Path) -> None:
    code = """\
        analytics.track("Order Completed", {
          order_id: 1, // the number
          /* the sum
             of it all */
          totl: 2,
        });
        """
    assert said(tmp_path, a_ts=code)[0].startswith("a.ts, line 5: property `totl`")


def test_an_undeclared_event_is_found(tmp_path: Path) -> None:
    assert said(tmp_path, a_js='analytics.track("Order Complete")') == [
        'a.js, line 1: event "Order Complete" is not declared; did you mean `Order Completed`?'
    ]


def test_items_of_lists_are_looked_at(tmp_path: Path) -> None:
    code = (
        'analytics.track("Order Completed", {order_id: 1, products: [{ sku: 1, colour: 2 }]})'
    )
    assert said(tmp_path, a_js=code) == [
        'a.js, line 1: property `colour` of "Order Completed, products" is not declared;'
        " write one of category, sku"
    ]
    code = 'analytics.track("u", "Order Completed", {"order_id": 1, "products": [{"x": 1}]})'
    assert "property `x`" in said(tmp_path, b_py=code)[1]


def test_a_needed_property_that_is_missing_is_found(tmp_path: Path) -> None:
    missing = said(tmp_path, a_js='analytics.track("Order Completed", { total: 2 })')
    assert missing == [
        'a.js, line 1: property `order_id` of "Order Completed" is missing;'
        " without it the event is refused"
    ]


def test_a_value_that_an_enum_has_not_is_found(tmp_path: Path) -> None:
    code = 'analytics.track("Order Completed", { order_id: 1, paid_by: "crd" })'
    assert said(tmp_path, a_js=code) == [
        'a.js, line 1: `paid_by` of "Order Completed" cannot be `crd`; did you mean `card`?'
    ]


def test_a_secret_is_called_one(tmp_path: Path) -> None:
    code = 'analytics.track("Order Completed", { order_id: 1, cardNumber: n })'
    assert "property `cardNumber` of" in said(tmp_path, a_js=code)[0]
    assert "may never be sent: it names a secret" in said(tmp_path)[0]


@pytest.mark.parametrize(
    "code",
    [
        'analytics.identify("u", { name: "A", mail: m, address: { email: m }, shoe: 1 })',
        "analytics.identify({ name, shoe })",
        'analytics.identify({ userId: "u", traits: { name, shoe } })',
    ],
)
def test_traits_are_checked_by_all_their_names(tmp_path: Path, code: str) -> None:
    (found,) = said(tmp_path, a_js=code)
    assert found.startswith("a.js, line 1: trait `shoe` is not declared")


def test_traits_of_python_are_checked(tmp_path: Path) -> None:
    code = 'analytics.identify("u", {"address": {"email": "x", "planet": "y"}})'
    assert "trait `address.planet`" in said(tmp_path, a_py=code)[0]


def test_pages_are_events_of_their_own(tmp_path: Path) -> None:
    code = 'analytics.page("Shop", "Home", { path: "/", colour: 1 }); analytics.screen("Home")'
    missing, undeclared = said(tmp_path, a_js=code)
    assert 'event "Screen Viewed" is not declared' in missing
    assert 'property `colour` of "Page Viewed"' in undeclared


def test_groups_are_an_event_of_their_own(tmp_path: Path) -> None:
    code = 'analytics.group("g", { size: 1 }); analytics.page(); analytics.identify("u")'
    (found,) = said(tmp_path, a_js=code, b_py='analytics.page("u")')
    assert found.startswith('a.js, line 1: event "Group Joined" is not declared')


def test_what_is_only_known_at_run_time_is_counted(tmp_path: Path) -> None:
    code = "analytics.track(NAME, {}); analytics.track(`${a}`, {}); analytics.track()"
    found = check(
        tmp_path, a_js=code, b_py="analytics.track(u, NAME, {})\nanalytics.track(*all)"
    )
    assert found.findings == ()
    assert (found.files, found.calls, found.unreadable) == (2, 5, 5)


def test_comments_and_other_calls_are_no_calls(tmp_path: Path) -> None:
    code = """\
        // analytics.track("Nothing")
        /* analytics.track("Nothing") */
        const address = "https://example.org//analytics";
        music.track("Nothing"); notanalytic.track("Nothing"); analytics.load("Nothing");
        """
    found = check(tmp_path, a_js=code, b_py='music.track("u", "Nothing")')
    assert (found.calls, found.findings) == (0, ())


def test_dependencies_bundles_and_hidden_folders_are_left_out(tmp_path: Path) -> None:
    bad = 'analytics.track("Nothing")'
    found = check(
        tmp_path,
        node_modules__a_js=bad,
        _venv__a_js=bad,
        app__dist__a_js=bad,
        app_min_js=bad,
        notes_txt=bad,
        src__a_vue=f"<script>{bad}</script>",
    )
    (tmp_path / "node_modules").mkdir()
    (tmp_path / "node_modules" / "b.js").write_text(bad)
    assert found.files == 2  # src/a.vue, and node/modules/a.js, which is not what it seems
    assert service.check_code(make_document(), tmp_path).files == 2


def test_one_file_can_be_checked(tmp_path: Path) -> None:
    file = tmp_path / "a.js"
    file.write_text('analytics.track("Nothing")')
    assert str(service.check_code(make_document(), file).findings[0]).startswith("a.js, line 1")


def test_broken_code_is_left_to_its_own_compiler(tmp_path: Path) -> None:
    found = check(
        tmp_path,
        a_py="def (",
        b_js='analytics.track("Order Completed", { order_id: [1, ',
        c_js='analytics.track("Order Completed", ]',
        d_js="analytics.track(",
        e_py="\0",
    )
    assert found.findings == ()


def test_changed_consent_needs_no_declaration(tmp_path: Path) -> None:
    assert said(tmp_path, a_js='analytics.track("Segment Consent Preference Updated")') == []
