"""Signing in to the portal by a one-time link."""
