"""Passkeys of customers: to come in, to prove it again, and to keep."""
