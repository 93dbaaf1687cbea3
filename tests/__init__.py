"""Tests: one file a module, then the promises, the whole road, the page in a browser, and the README."""
