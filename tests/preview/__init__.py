"""Tests of chatbot/preview/."""
