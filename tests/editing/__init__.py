"""Tests of chatbot/editing/."""
