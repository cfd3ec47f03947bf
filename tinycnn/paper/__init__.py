"""The paper: one network in one call (`reproduce`), or many networks and a scorecard (`study`)."""
