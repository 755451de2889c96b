"""The verbs of consent, by what they are about; each takes the transaction and never commits."""
