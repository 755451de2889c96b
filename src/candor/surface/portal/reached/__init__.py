"""Where it has reached: what each change set going at other systems, and how soon they had it."""
