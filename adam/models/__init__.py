"""Everything that answers or learns."""
