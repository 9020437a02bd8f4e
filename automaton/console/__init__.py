"""The telephone console: launch, record, stop and call back by telephone."""
