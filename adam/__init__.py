"""Adam: a chat assistant that learns from its owner."""

__version__ = "0.1.0"
