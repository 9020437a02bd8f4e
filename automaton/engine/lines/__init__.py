"""Which line is free, for whom, how fast: dispatch, pace, exchanges, safeguard."""
