"""Changes files of the corpus in place: each change is tried on a copy first; comments and order are kept."""
