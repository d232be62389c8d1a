"""Every file Adam owns, and the only place that knows its format."""
