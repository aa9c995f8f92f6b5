"""The process log: lines for people on a terminal, JSON lines otherwise; always on standard error."""

import sys

import structlog

__all__ = ["configure_logs"]


def configure_logs(*, people: bool) -> None:
    """Set up structlog for this process."""
    shared: list[structlog.typing.Processor] = [structlog.processors.add_log_level]
    if people:
        stamp = structlog.processors.TimeStamper(fmt="[%Y-%m-%d %H:%M:%S]", utc=False)
        renderer: structlog.typing.Processor = structlog.dev.ConsoleRenderer(pad_event_to=0, sort_keys=False)
    else:
        stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
        renderer = structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[*shared, stamp, structlog.processors.format_exc_info, renderer],
        wrapper_class=structlog.make_filtering_bound_logger(20),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
