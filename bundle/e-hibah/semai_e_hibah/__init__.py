"""The grants app: applications for grants and social aid, from public filing to accountability."""
