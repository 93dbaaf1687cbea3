"""HTML -> parts of a source, by the library lxml."""
