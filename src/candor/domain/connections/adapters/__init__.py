"""One folder per kind of other system: how it is spoken with, and what it wants to know.

An adapter knows its system's words and nothing of ours: it sees parcels and messages, never the
database. It raises `Unreached` when a call as a whole failed and may be tried again, `NotLetIn`
when the system does not accept who we are; anything about one person is an answer.
"""
