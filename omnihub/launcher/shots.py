"""./hub shots"""


def run(arguments: list[str]) -> int:
    """Exit code."""
    raise NotImplementedError(arguments)
