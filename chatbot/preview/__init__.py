"""Web pages for content editors, on this machine only: what the corpus holds, and why a question gets its reply."""
