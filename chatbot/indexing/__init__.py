"""Builds the index: training sets, training, embedding cache, and Ray workers."""
