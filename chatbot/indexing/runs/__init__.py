"""Two ways of training at a build: the whole of it, and in seconds what a few changed questions need."""
