"""The demo company's declared data, as TOML files beside this one. Holds no code."""
