"""The code that runs in a student's process, which has this folder on its path.

Nothing here imports anything from the rest of tinycnn.
"""
