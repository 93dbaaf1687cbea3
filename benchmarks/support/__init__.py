"""Helpers that several benchmark scripts share."""
