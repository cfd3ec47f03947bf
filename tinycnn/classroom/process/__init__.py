"""All that runs beside a student's code: this folder is on the path of that process.

Nothing here imports anything of tinycnn outside of this folder.
"""
