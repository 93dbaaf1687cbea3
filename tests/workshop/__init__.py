"""Tests of chatbot/workshop/ and chatbot/preview/."""
