"""The only place that knows the web framework: one package per audience."""
