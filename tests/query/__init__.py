"""Tests of chatbot/query/."""
