"""Every claim that a study judges: those of the paper, then what it did not ask.

The thresholds are judgements: the paper does not say how strong a strong impact is. They were
written before the networks that they judge were trained, and are shown beside every verdict. To use
other thresholds, take the numbers from study.csv.
"""

from .entry import Entry
from .not_asked import NOT_ASKED
from .of_the_paper import OF_THE_PAPER

CLAIMS: tuple[Entry, ...] = (*OF_THE_PAPER, *NOT_ASKED)
