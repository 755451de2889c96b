"""The catalogue as declared, and its versions."""
