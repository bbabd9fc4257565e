"""The lab's fixtures for the tests in this folder."""

from tests.lab.fixtures import lab, machine, machines

__all__ = ["lab", "machine", "machines"]
