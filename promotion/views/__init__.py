"""Promotion's public pages. Each starts from `published()` or from what a number and its secret open."""
