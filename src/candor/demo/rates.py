"""Every invented rate of the demo company, in one place: shares of 1 unless said otherwise.

None of these is measured: they are chosen so that every case that Candor handles occurs, in a
mix that a grocer would recognise. docs/explanation/demo-data.md tells them in words; a test
holds the two together.
"""

from typing import Final

# ------------------------------------------------------------------------------- who is where
# Every household has a loyalty card: that is how the set knows it.
SHOP_ACCOUNT: Final = 0.62  # households with an account in the web shop
APP: Final = 0.35  # households with the app, drawn apart from the shop account
CRM_WITHOUT_CAMPAIGN: Final = 0.457  # households in the CRM that the set sent no campaign to;
# those that got one (1,559) are all in the CRM, which makes about 80 % together
TWO_CARDS: Final = 0.04  # households that got a second loyalty card during the year
CRM_KNOWS_CARD: Final = 0.90  # CRM records that name the loyalty card
CRM_KNOWS_CUSTOMER_NUMBER: Final = 0.70  # CRM records of account holders that name the account
CARD_LINKED: Final = 0.45  # account holders who typed their loyalty card into the account

# ------------------------------------------------------------------------- where they disagree
SECOND_NAME: Final = 0.18  # people with a second given name; the CRM writes it out
CHANGED_EMAIL: Final = 0.12  # account holders who changed their e-mail during the year
CRM_LEARNS_EMAIL: Final = 0.50  # of those: the CRM is corrected later, else it stays old
MOVED: Final = 0.08  # people who moved during the year; the shop learns of it at once
CRM_LEARNS_MOVE: Final = 0.60  # of those in the CRM: it learns of the move a week to two later
CRM_LATIN: Final = 0.50  # CRM records with the family name in plain Latin letters
BIRTHDAY_OFF: Final = 0.03  # CRM records whose birthday is a day off
BLANK_PHONE: Final = 0.25  # records per source without a phone number
BLANK_BIRTHDAY: Final = 0.30  # records per source without a birthday
LOCAL_PHONE: Final = 0.50  # phone numbers in CRM and till written as in the country, no prefix
TILL_PHONE: Final = 0.40  # loyalty card forms with a phone number
BLOCKED_EMAIL: Final = 0.015  # CRM records with null, test@example.com or none@none as e-mail
SHARED_EMAIL: Final = 0.012  # account holders who share the e-mail of the account before theirs
SHARED_TABLET: Final = 0.015  # account holders who once signed in at the tablet in the store

# ------------------------------------------------------------------------------ which channel
SHOP_BASKET: Final = 0.18  # baskets of account holders, after sign-up, that go through the shop
APP_BASKET: Final = 0.14  # baskets of app users, after sign-up, that go through the app
SIGNED_UP_BEFORE: Final = 0.40  # accounts that existed when the year began
SIGN_UP_DAYS: Final = 280  # the others sign up evenly within this many first days
BROWSE_BEFORE_BASKET: Final = 0.60  # shop and app baskets with a visit just before
IDLE_VISITS: Final = 6  # visits per account and year without a purchase, 0 to this many
SEARCH: Final = 0.15  # shop visits with a search
COOKIE_DAYS: Final = 91  # a browser forgets its anonymous id after this many days
VISITORS: Final = 0.5  # people per household who look around and never sign in
CARD_IN_ORDER: Final = 0.30  # shop orders of linked accounts that name the loyalty card
DELIVERY_NOTE: Final = 0.06  # shop orders with a note for the driver

# ------------------------------------------------------------------------------------ consents
# Shares who were asked at all, and of those who said yes, per category of the catalogue.
# People who are only known at the till were never asked anything.
ASKED: Final = {
    "Analytics": 0.90,
    "Personalization": 0.85,
    "Marketing": 0.80,
    "Advertising": 0.75,
}
SAID_YES: Final = {
    "Analytics": 0.62,
    "Personalization": 0.66,
    "Marketing": 0.48,
    "Advertising": 0.17,
}
BANNER_ANSWERED: Final = 0.80  # new browsers in which the cookie banner is answered
BANNER_AGREES: Final = 0.95  # account holders who answer it as they did in the account
BANNER_YES: Final = 0.58  # of the others: yes to Analytics
BANNER_YES_ADVERTISING: Final = 0.20  # of those: yes to Advertising as well
ASKED_TWICE: Final = 0.10  # people whom a second source asks as well, and who answer anew
CHANGED_MIND: Final = 0.10  # people who change one answer later
WITHDREW_ALL: Final = 0.04  # people who later withdraw everything

# ---------------------------------------------------------------------------------------- dirt
RETRIED: Final = 0.009  # till baskets that are sent again with the same message id
CARD_IN_NOTE: Final = 0.003  # till baskets with a card number in `delivery_note`
CARD_IN_REFERENCE: Final = 0.002  # till baskets with one in `payment_reference`, undeclared
DEBUG_TRACE: Final = 0.05  # app visits whose events carry the undeclared `debug_trace`
OLD_APP: Final = 0.10  # app users on an old version, which sends amounts as text ("12,90")
UNKNOWN_EVENT: Final = 0.06  # households with one event that nobody declared
NO_IDS: Final = 0.03  # households with one event without userId and anonymousId
BAD_TIME: Final = 0.02  # households with one event whose timestamp cannot be read
FUTURE_TIME: Final = 0.02  # households with one event dated two years ahead
EMAIL_IN_SEARCH: Final = 0.05  # account holders who once search for an e-mail address
