"""The web page and the HTTP API: pages, handlers, and the ASGI application."""
