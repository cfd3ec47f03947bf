"""A few faces only: what cannot be measured is left open, and the study still finishes."""

import dataclasses

import numpy as np
import pytest

import tinycnn as tc
from tinycnn.paper.study.pages.write import write_study
from tinycnn.paper.study.parts import PARTS, knockout_table, readings
from tinycnn.paper.study.rows import Numbers
from tinycnn.paper.study.subject import Subject, Training, train_network

pytestmark = pytest.mark.usefixtures("few_pixels")


def some_of(data, images, people):
    def words(values):
        return tuple(values[i] for i in images)
    return dataclasses.replace(
        data, images=data.images[images], labels=data.labels[images], people=data.people[:people],
        conditions=words(data.conditions), files=words(data.files), digests=words(data.digests))


@pytest.mark.parametrize(("images", "people"), [
    ([0, 11, 12, 22, 23, 24, 25, 26], 3),       # one, two and five images
    ([0, 1, 11, 12], 2)], ids=["three people", "four images"])
def test_every_part_runs(images, people, tmp_path, monkeypatch):
    monkeypatch.setattr(knockout_table, "DRAWS", 2)
    monkeypatch.setattr(readings, "DRAWS", 2)
    data, training = some_of(tc.drawn_faces(people=3), images, people), Training(epochs=2)
    params, rows = train_network(data, 1, training)
    for part in PARTS.values():
        rows += part.run(Subject(data, 1, training, params))
    found = Numbers(rows)
    [area] = found.find("knockout", "overall error, area", subject="gradient", option="strongest")
    assert 0 <= area <= 1
    [leak] = found.find("leak", "without minus with")
    assert np.isnan(leak)                       # there are no twins
    assert "not measured" in write_study(rows, data, training, tmp_path)
