"""Tests of chatbot/ingestion/."""
