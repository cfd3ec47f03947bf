"""Runs the tasks of a study, on this machine or a cluster, and keeps what is finished."""
