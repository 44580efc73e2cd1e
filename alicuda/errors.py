"""What the user got wrong, said in one clear sentence with a way out."""


class InputError(ValueError):
    """Wrong usage or bad input. Commands print it on stderr without a traceback and exit with status 2."""
