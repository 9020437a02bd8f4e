"""The log of the shell: on standard error, and only what somebody must act on."""

from __future__ import annotations

import logging
import sys

import structlog


def errors_only() -> None:
    """Keep everything but errors out of the terminal, and the log out of answers."""
    structlog.configure(
        wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
    )
