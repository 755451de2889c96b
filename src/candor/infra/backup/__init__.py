"""Backups as files: sealed parts, their manifest, the ledger of erasures, PostgreSQL's programs.

Nothing leaves this package unsealed but what a scratch folder holds while it is worked on. Keys
come from the keyring (`fixed_key("backup")`); no key is ever in a backup. What a backup means
(when one is taken, kept, restored, proved) is decided above, in `candor.domain.backup`.
"""
