"""Wears labelled pages as scanning does."""
