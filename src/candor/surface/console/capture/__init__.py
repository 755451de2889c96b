"""Writing down what somebody chose on paper or on the telephone."""
