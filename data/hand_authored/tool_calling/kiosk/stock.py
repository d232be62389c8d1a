"""What lies on the shelves."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Goods:
    name: str
    cents: int


class Newspaper(Goods):
    """New every day."""


class Magazine(Goods):
    """New every month."""
