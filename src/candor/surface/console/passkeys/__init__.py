"""Passkeys of staff: to come in, to prove it again, and to keep."""
