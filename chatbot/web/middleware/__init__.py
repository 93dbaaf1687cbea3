"""ASGI middleware in front of the page: guard, rate limit, kill switch, base path, requests in flight."""
