"""Fixtures for the stepper's tests."""

import pytest
from stepper_nets import every_kind, images

import tinycnn as tc


@pytest.fixture
def net():
    return every_kind()


@pytest.fixture
def stepper(net):
    return tc.Stepper(net, *images())
