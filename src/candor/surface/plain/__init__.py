"""Pages outside every surface: what happened, what is safe, what to do."""
