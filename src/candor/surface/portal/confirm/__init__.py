"""The page behind the button of a confirmation mail."""
