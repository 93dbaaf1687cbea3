"""Replies computed by replicas on other machines: codec, client, and replica."""
