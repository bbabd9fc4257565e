"""Pages: public ones and those of the desks."""
