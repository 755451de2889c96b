"""Until when somebody is a minor, and who may say yes for them."""
