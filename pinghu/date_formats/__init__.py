"""Dates as each language's readers write them, where Django's own are another country's."""
