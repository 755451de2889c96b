"""The vault: a key per profile, and the only way to plaintext.

Owns `vault.subject_key`, `vault.epoch`, `vault.key_version`, `vault.root` and `vault.erasure`.

Invariants: whatever is sealed is sealed with the subject key of the profile that it is about
and bound to table, column, profile and row; subject keys leave the database only wrapped by the
key of an epoch, which never enters it; `service.open` decides first, writes the audit log
second and only then unseals; a destroyed subject key makes everything that it sealed unreadable
at once.
"""
