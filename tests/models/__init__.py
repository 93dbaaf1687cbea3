"""Tests of chatbot/models/."""
