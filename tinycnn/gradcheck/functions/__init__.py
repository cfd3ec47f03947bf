"""A loss and an update, checked as layers are."""
