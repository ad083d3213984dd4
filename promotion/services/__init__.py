"""What writes: every change of promotion, one verb each."""
