"""The loop, one file a verb."""
