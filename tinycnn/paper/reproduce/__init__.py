"""The whole paper on one data set: train, analyse, draw, and write the report."""
