"""The Data Rights Protocol 1.0: authorised agents ask for the people whom they stand for."""
