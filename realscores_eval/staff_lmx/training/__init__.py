"""Data and training of the sequence model; needs `detect-score[train]`."""
