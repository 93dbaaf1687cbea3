"""Tests of chatbot/commands/."""
