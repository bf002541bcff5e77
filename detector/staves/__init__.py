"""Staves traced by ink alone: where five lines run, and how large the music is drawn."""
