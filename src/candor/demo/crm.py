"""The CRM of the demo's customer service: a database in MariaDB that a Candor fills and hears.

Its table is as such tables are: a number per contact, a customer number where there is an account,
yes and no as numbers with the time of the choice. The demo begins with it empty, as on the day on
which a company connects a new one; whoever is in the demo is in it some seconds after the start.
"""

from typing import Final

DATABASE: Final = "crm"
USER: Final = "candor"
CODE: Final = "crm_database"
DOCUMENT: Final = "crm_database.toml"

# What whoever runs that database has done before Candor comes.
TABLES: Final = (
    """CREATE TABLE IF NOT EXISTS contacts (
    contact_id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
    customer_number VARCHAR(40) UNIQUE,
    loyalty_card VARCHAR(40) UNIQUE,
    first_name VARCHAR(100),
    last_name VARCHAR(100),
    email VARCHAR(254),
    phone VARCHAR(40),
    city VARCHAR(100),
    friday_letter TINYINT(1),
    friday_letter_at DATETIME(6),
    offers TINYINT(1),
    offers_at DATETIME(6),
    version BIGINT UNSIGNED NOT NULL DEFAULT 0,
    changed_at TIMESTAMP(6) NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6),
    KEY contacts_email (email)
) ENGINE = InnoDB""",
    # Every change counts, whoever makes it; a choice that is changed by hand gets its time.
    """CREATE OR REPLACE TRIGGER contacts_version BEFORE UPDATE ON contacts FOR EACH ROW
BEGIN
    SET NEW.version = OLD.version + 1;
    IF NOT (NEW.friday_letter <=> OLD.friday_letter)
        AND NEW.friday_letter_at <=> OLD.friday_letter_at THEN
        SET NEW.friday_letter_at = UTC_TIMESTAMP(6);
    END IF;
    IF NOT (NEW.offers <=> OLD.offers) AND NEW.offers_at <=> OLD.offers_at THEN
        SET NEW.offers_at = UTC_TIMESTAMP(6);
    END IF;
END""",
)
