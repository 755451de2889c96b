"""What the owner of a database is given to run says nothing but what it is meant to."""

from candor.domain.connections.adapters.mariadb.dialect import MariaDB
from candor.domain.connections.adapters.postgresql.dialect import PostgreSQL
from candor.domain.connections.adapters.sql.settings import place

PLACE = {"table": "people", "version_column": "version"}


def test_a_name_does_not_end_the_function_that_it_stands_in() -> None:
    """Between dollars quotes have no meaning: the rest would be a statement of the owner's."""
    named = place({**PLACE, "id_column": "$note$; ALTER ROLE mallory SUPERUSER; --$note1$"})
    statements = PostgreSQL().setup(named, "candor")
    (function,) = [one for one in statements if one.startswith("CREATE FUNCTION")]
    sign = function[function.rindex("$note") :]
    assert function.count(sign) == 2
    assert function.index(sign) < function.index("mallory")
    usual = PostgreSQL().setup(place({**PLACE, "id_column": "number"}), "candor")
    assert any(one.endswith("END\n$note$") for one in usual)


def test_a_user_is_a_name_whatever_signs_are_in_it() -> None:
    named = place({**PLACE, "id_column": "number"})
    user = "\\'@'%'; CREATE USER mallory; -- `"
    grants = [one for one in MariaDB().setup(named, user) if one.startswith("GRANT")]
    spelt = "`\\'@'%%'; CREATE USER mallory; -- ```@'%%'"
    assert len(grants) == 2
    assert all(one.endswith(f" TO {spelt}") for one in grants)
