"""Tests of chatbot/service/."""
