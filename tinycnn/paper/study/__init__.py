"""Do the paper's claims hold? Many networks, controls, and a scorecard.

`parts/` has what is asked of each network, `between.py` what only several show, `claims/` the
claims and their thresholds, and `scorecard.py` the verdicts.
"""
