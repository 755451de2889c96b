"""The portal: what a customer sees, a letter from an honest company."""
