from __future__ import annotations

from hypothesis import settings

settings.register_profile("shared machine", deadline=None)  # an example may wait for another test's processor
settings.load_profile("shared machine")
