"""Opens the page: ``python app.py``. See ``chatbot.commands.serve``."""

import sys

from chatbot.commands.serve import main

if __name__ == "__main__":
    sys.exit(main())
