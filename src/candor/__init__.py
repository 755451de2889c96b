"""Candor: the customer data platform that customers can see into and steer."""

from typing import Final

VERSION: Final = "0.1.0"
