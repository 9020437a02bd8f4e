"""Other ways to ring the same homes: each a small program, as its documents tell it."""
