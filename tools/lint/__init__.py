"""House rules that no ready-made linter knows. `python -m tools.lint` runs them all.

Each rule is a function that reads one file and yields findings; its docstring says what harm
the rule stops. Each has a planted violation in tests/style, so that a rule that went blind is
noticed. A finding is mended, not silenced: the few exceptions are lists in the rules, with a
reason.
"""
