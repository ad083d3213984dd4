"""Index writing (in the making)."""
