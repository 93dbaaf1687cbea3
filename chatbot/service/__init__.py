"""One running chatbot: construction, start-up, reload, metrics, and topic counts."""
