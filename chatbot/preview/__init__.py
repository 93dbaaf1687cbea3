"""The editor's pages, on this machine only."""
