"""Slurs and ties: followed along their ink, made whole, told apart and weighed."""
