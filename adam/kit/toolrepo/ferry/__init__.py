"""Seats on three small boats."""

__version__ = "0.7.2"
