"""What the directory runs on a schedule."""

from directory.services import reindexing
from pinghu.jobs.schedule import scheduled


@scheduled("refresh_facets", at="00:20")
def refresh_facets() -> str:
    """Shortly after midnight, when titles have expired."""
    return f"{reindexing.refresh_facets()} enterprises indexed anew"
