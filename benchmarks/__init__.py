"""Side by side with peers, one command each: python -m benchmarks.NAME [--quick]."""
