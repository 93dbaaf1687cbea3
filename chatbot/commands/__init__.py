"""The subcommands of ``python -m chatbot``, and what ``app.py`` starts."""
