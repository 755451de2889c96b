"""Programs for those who build Candor: never imported by Candor itself."""
