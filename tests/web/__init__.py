"""Tests of chatbot/web/."""
