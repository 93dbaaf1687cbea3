"""Measurements; each script writes a section of a report."""
