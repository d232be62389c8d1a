"""Adds up what is bought."""

from __future__ import annotations

from stock import Goods, Magazine, Newspaper

ROUND_TO = 5  # cents


def total(goods: list[Goods]) -> int:
    cents = sum(each.cents for each in goods)
    return cents - cents % ROUND_TO


if __name__ == "__main__":
    print(total([Newspaper("Echo", 220), Magazine("Sail", 590)]))
