"""A finished run, as the tests of the whole have it."""

from tests.system.conftest import finished

__all__ = ["finished"]
