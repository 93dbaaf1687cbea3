"""Is somebody in danger, and does a message ask for advice or harm? Rules first, then a classifier."""
