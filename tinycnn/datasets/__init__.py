"""Faces to learn from: the drawn ones, the Yale database, or any folder of your own."""
