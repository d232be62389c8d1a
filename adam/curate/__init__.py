"""Pure: what may be learned."""
