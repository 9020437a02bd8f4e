"""The rules of an alert as tables and pure functions: no I/O, no clock, no asyncio."""
