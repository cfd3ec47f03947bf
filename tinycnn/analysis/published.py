"""The numbers that the paper prints, to compare with your own. All counts start at 1, as there.

Lo, Cohen, Ding: Prediction Gradients for Feature Extraction and Analysis from Convolutional Neural
Networks, FG 2015.
"""

from __future__ import annotations

CITATION = ("Henry Z. Lo, Joseph Paul Cohen, Wei Ding: Prediction Gradients for Feature Extraction "
            "and Analysis from Convolutional Neural Networks. IEEE International Conference on "
            "Automatic Face and Gesture Recognition (FG), 2015.")
ERROR_RATE = 0.0488         # section IV-B, "on the data set": 2 of 41 test images
MAPS = (5, 8, 10)           # of the three convolutions, section IV-A
FLOW_IDENTITY = 7           # whose features are removed in Fig. 3

Ranked = list[tuple[int, int, float]]       # layer, unit, gradient

# Table III, {identity: (strongest, weakest)}.
TABLE_III: dict[int, tuple[Ranked, Ranked]] = {
    15: ([(1, 5, 0.25153), (2, 3, 0.23269), (3, 8, 0.21675), (1, 2, 0.21362),
          (3, 1, 0.20919), (2, 6, 0.20612), (2, 5, 0.19961), (1, 3, 0.19855)],
         [(3, 2, 0.03227), (3, 6, 0.03676), (3, 3, 0.09039), (3, 9, 0.10847),
          (2, 4, 0.10995), (2, 2, 0.12622), (3, 4, 0.13164), (1, 1, 0.13169)]),
    14: ([(3, 5, 0.00202), (3, 7, 0.00167), (3, 10, 0.00158), (3, 3, 0.00136),
          (3, 4, 0.00125), (3, 1, 0.00121), (3, 9, 0.00117), (2, 8, 0.00102)],
         [(3, 2, 0.00025), (3, 6, 0.00052), (2, 4, 0.00055), (1, 1, 0.00057),
          (2, 2, 0.00063), (2, 7, 0.00075), (2, 1, 0.00076), (2, 3, 0.00077)]),
    7: ([(1, 5, 0.02247), (3, 1, 0.02029), (1, 3, 0.01951), (2, 6, 0.01890),
         (1, 4, 0.01802), (2, 3, 0.01760), (2, 8, 0.01726), (1, 2, 0.01683)],
        [(3, 6, 0.00728), (3, 2, 0.00951), (3, 9, 0.00977), (2, 4, 0.00983),
         (3, 3, 0.01157), (2, 2, 0.01199), (1, 1, 0.01228), (2, 7, 0.01453)]),
    10: ([(3, 1, 0.00369), (1, 5, 0.00328), (3, 7, 0.00316), (2, 6, 0.00301),
          (1, 4, 0.00287), (3, 5, 0.00287), (3, 10, 0.00286), (1, 3, 0.00282)],
         [(3, 6, 0.00071), (3, 2, 0.00072), (2, 4, 0.00114), (1, 1, 0.00182),
          (2, 2, 0.00189), (2, 7, 0.00212), (2, 1, 0.00219), (3, 9, 0.00231)]),
    12: ([(1, 5, 0.08089), (1, 2, 0.07403), (1, 4, 0.06849), (1, 3, 0.06410),
          (2, 6, 0.05959), (2, 8, 0.05814), (2, 3, 0.05761), (3, 1, 0.05623)],
         [(3, 6, 0.01925), (3, 2, 0.01964), (2, 4, 0.03013), (3, 9, 0.03074),
          (3, 3, 0.03077), (2, 2, 0.03345), (3, 5, 0.03780), (3, 7, 0.04417)]),
}

IDENTITIES = tuple(TABLE_III)               # the five of the knockout experiments, in this order

# Section V-E, (layer, unit). In Table III, two of them are not always among the weakest: (3, 9) is
# the 7th strongest of identity 14, and (1, 1) is in neither list of identity 12.
PROBLEMATIC = ((1, 1), (2, 4), (3, 2), (3, 6), (3, 9), (2, 2))
