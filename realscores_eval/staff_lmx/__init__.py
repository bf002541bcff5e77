"""A sequence model of our own: reads one staff at a time into LMX. `docs/staff_lmx.md` describes it."""
