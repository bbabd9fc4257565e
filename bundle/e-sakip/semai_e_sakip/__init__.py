"""e-SAKIP: performance accountability of a regional government, from the cascading tree to the LKjIP."""
