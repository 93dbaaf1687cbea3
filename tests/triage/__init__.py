"""Tests of chatbot/triage/."""
