"""Tests of chatbot/retrieval/."""
