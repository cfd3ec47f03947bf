"""Do the paper's claims hold? Many networks, controls, and a scorecard.

`parts/` has what is asked of each network, `scorecard.py` the claims and their thresholds.
"""
