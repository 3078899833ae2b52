"""The root of the errors that an author of lessons, plugins or scenarios can make."""


class MiniosError(Exception):
    """What happened, where, and what to do next."""
