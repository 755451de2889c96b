"""What requests, clocks, proofs and tasks are; pure."""
