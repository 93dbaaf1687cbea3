"""Tests of chatbot/web/middleware/."""
