"""Fitting an adapter: rows, loss, batches, the loop, the workers that share one set of weights."""
