"""Tests of chatbot/answering/."""
