"""``python -m chatbot``: see ``chatbot.commands.cli``."""

import sys

from chatbot.commands.cli import main

if __name__ == "__main__":
    sys.exit(main())
