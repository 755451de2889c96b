"""Today: what needs a decision, what was unified, what the door did."""
