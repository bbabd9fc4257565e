"""`semai assess` on real machines, as an administrator runs it."""
