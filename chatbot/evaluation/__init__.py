"""Scores on labelled questions, coverage of the bank, label errors, and the safety report."""
