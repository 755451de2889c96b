"""Figures: what is measured, beside what, and whether it meets its goal. Not part of Candor."""
