"""Opens the page: ``python app.py``. See ``chatbot.commands.serve``."""

import sys

from chatbot.commands.serve import serve_command

if __name__ == "__main__":
    sys.exit(serve_command())
