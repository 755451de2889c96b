"""Backups: taking them, proving that they restore, and keeping the erased erased.

Owns the table `backup.run`. A backup counts when its last verification or drill went well; a
restored database opens only after every erasure of the ledger was carried out in it again. Must
never: bring back somebody who was erased, remove the last good backup, or keep plaintext outside
a scratch folder.
"""
