"""Tables, curves, one-file HTML."""
