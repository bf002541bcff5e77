"""Labelled pages for training: engraved, stored, counted, filtered and freed of duplicates."""
