"""Measures detectors and readers."""
