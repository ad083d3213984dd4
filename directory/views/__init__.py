"""Pages of the directory. Each starts from `published()`; none asks who is reading."""
