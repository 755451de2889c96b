"""The pure part of consent: choices and their fold, the policy, preferences, decisions."""
