"""How numbers and dates are written and read, where it is not as Django does it in that language."""
