"""The settings: one frozen, typed object, built once and passed down."""
