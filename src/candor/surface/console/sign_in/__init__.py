"""Signing in to the console by a one-time link."""
