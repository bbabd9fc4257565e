"""Perencanaan: RPJMD, usulan musrenbang, Renja dan RKPD."""
