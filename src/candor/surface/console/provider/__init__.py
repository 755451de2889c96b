"""Coming in through the company's identity provider (OpenID Connect)."""
