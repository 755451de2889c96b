"""Other systems, as small servers that follow their vendors' documentation, faults and all."""
