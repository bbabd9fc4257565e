"""Tests of e-sakip."""
