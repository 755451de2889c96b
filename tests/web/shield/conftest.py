"""Staff with browsers, as in the tests of the console."""

from tests.web.console.conftest import anybody, company, hire

__all__ = ["anybody", "company", "hire"]
