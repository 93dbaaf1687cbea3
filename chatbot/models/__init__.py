"""Trained models: the sentence encoder, its LoRA adapter, batching, and the classifier."""
