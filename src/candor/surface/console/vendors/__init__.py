"""Vendors: who receives or provides data, under which contract, proved by what."""
