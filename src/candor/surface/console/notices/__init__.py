"""The words that people are shown when they choose: every purpose, language and edition."""
