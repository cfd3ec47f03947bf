"""Do the paper's claims hold? Many networks, controls, and a scorecard."""
