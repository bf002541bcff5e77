"""Class filters and recipes as YAML, one file each."""
