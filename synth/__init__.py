"""Engraves pages with exact truth."""
