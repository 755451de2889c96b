"""What you allow: each purpose in plain words, with two equal answers."""
