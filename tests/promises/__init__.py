"""What the README guarantees, each as tests that can fail."""
