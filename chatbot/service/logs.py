"""Configuration of the log: warnings of libraries, information of ours; plain lines or JSON. No question is logged."""

import logging

from pythonjsonlogger.json import JsonFormatter

NEWS = "chatbot"  # the logger of this package; its news is shown, that of libraries is noise


def set_up_logs(*, as_json: bool = False) -> None:
    """Write to standard error: warnings and errors of everybody, news of this package."""
    handler = logging.StreamHandler()
    handler.addFilter(_is_told)
    handler.setFormatter(
        JsonFormatter("%(levelname)s %(name)s %(message)s", rename_fields={"levelname": "level", "name": "logger"})
        if as_json
        else logging.Formatter("%(levelname)s %(message)s")
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler])
    logging.getLogger(NEWS).setLevel(logging.INFO)


def _is_told(record: logging.LogRecord) -> bool:
    """Whatever level a library has set for itself, what it tells beside warnings is noise."""
    return record.levelno >= logging.WARNING or f"{record.name}.".startswith(f"{NEWS}.")
