"""Governance: what the company has promised and arranged around its data.

Owns `governance.vendor` and `governance.vendor_certificate`. Invariants: a vendor is in force only
while its contract and every certificate that is required run, and while nothing is missing that
lets data go where it is; who was off-boarded does not come back under the same record.
"""
