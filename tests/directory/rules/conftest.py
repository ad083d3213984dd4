"""Property tests share a busy machine: a slow first call (dictionaries are opened) is not a failure."""

from hypothesis import settings

settings.register_profile("rules", deadline=None, max_examples=60)
settings.load_profile("rules")
