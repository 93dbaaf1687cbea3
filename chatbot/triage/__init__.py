"""Classifies a message before any search: emergency, request for personal medical advice or for harm, small talk."""
