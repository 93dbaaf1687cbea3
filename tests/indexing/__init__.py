"""Tests of chatbot/indexing/."""
