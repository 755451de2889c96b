"""Who may enter, and what they may do there.

Owns `access.staff`, `write_key`, `api_key`, `sign_in_link` and `session`.

Invariants: secrets are kept as SHA-256 only (they have 256 bits of entropy, so no slow hash is
needed); a sign-in link works once and shortly; a session ends by itself; what a role may do stands
in one table in `model.py`.
"""
