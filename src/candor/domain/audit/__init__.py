"""The audit log: who did what to whom and why.

Owns `audit.entry`. Invariants: an entry is written in the transaction of the act, so there is
no act without it; the database refuses to change or delete one, to the application and to the
owner; it holds no value of a personal field and no free text. People appear as a pseudonym
derived from their own key, which dies with the key.
"""
