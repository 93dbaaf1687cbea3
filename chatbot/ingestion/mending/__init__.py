"""What is dangerous or no text in a source is mended here, once for every kind of file."""
