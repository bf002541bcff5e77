"""Finds the symbols and staff lines of a page."""
