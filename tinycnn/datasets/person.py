"""The traits that make a drawn person recognisable from one image to the next.

Independent draws would soon give two people the same hair and the same head. So the traits are
dealt like cards instead: for each trait, fifteen people get fifteen different levels, in an order
that is shuffled again for each trait (statisticians call this Latin hypercube sampling).
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

HAIRSTYLES = ("bald", "short", "parting", "long", "curly", "fringe", "bun", "quiff", "receding")
BEARDS = ("none", "moustache", "none", "full", "none", "goatee")
COLLARS = ("round", "shirt", "v")
NEVER_BEARDED = ("long", "fringe", "bun")

TABLE = 15  # people whose traits are dealt together: as many as in the Yale database


@dataclass(frozen=True)
class Person:
    """The traits of one person; lengths are in units of half the height of the head."""

    width: float      # half the width of the head
    squareness: float # exponent of the jaw's curve; 2 is an ellipse, more is squarer
    taper: float      # how much narrower the head is at the chin than at the eyes
    skin: float       # grey level of the skin, 0 black to 1 white
    hair: float       # grey level of hair, brows and beard
    shirt: float      # grey level of the clothes
    hairstyle: str    # one of HAIRSTYLES
    beard: str        # one of BEARDS
    collar: str       # one of COLLARS
    brow: float       # thickness of the brows
    slant: float      # how far the outer end of a brow is above the inner one
    eye: float        # half the width of an eye
    spacing: float    # distance of an eye from the middle of the face
    nose: float       # length of the nose from the eyes down
    nostrils: float   # half the width of the nose
    mouth: float      # half the width of the mouth
    lips: float       # thickness of the lips
    ears: float       # height of an ear
    frames: float     # exponent of the spectacles' curve; 2 is round, more is squarer

    def half_width(self, v: np.ndarray) -> np.ndarray:
        """Half the width of the head at height v, without the rounding at crown and chin."""
        return self.width * (1 - self.taper * np.clip(v, 0, 1) ** 2)

    def outline(self, angles: np.ndarray) -> np.ndarray:
        """Points (u, v) of the edge of the head; angle 0 is at the right, pi/2 at the chin."""
        s = np.sin(angles)
        v = np.sign(s) * np.abs(s) ** np.where(s > 0, 2 / self.squareness, 1)
        return np.stack([self.half_width(v) * np.cos(angles), v], axis=1)

    def depth(self, u: np.ndarray, v: np.ndarray) -> np.ndarray:
        """How far the head stands out towards us: 1 in its middle, 0 from its edge on."""
        rounding = np.where(v > 0, np.abs(v) ** self.squareness, v * v)
        return np.sqrt(np.clip(1 - rounding - (u / self.half_width(v)) ** 2, 0, None))


# For each trait, the range of its values, or its words.
LEVELS: dict[str, tuple[float, float] | tuple[str, ...]] = {
    "width": (0.66, 0.83), "squareness": (2.0, 3.0), "taper": (0.05, 0.32),
    "skin": (0.46, 0.92), "hair": (0.06, 0.56), "shirt": (0.12, 0.85),
    "hairstyle": HAIRSTYLES, "beard": BEARDS, "collar": COLLARS,
    "brow": (0.022, 0.07), "slant": (-0.06, 0.03), "eye": (0.125, 0.18), "spacing": (0.27, 0.35),
    "nose": (0.30, 0.44), "nostrils": (0.09, 0.17), "mouth": (0.2, 0.34), "lips": (0.035, 0.085),
    "ears": (0.16, 0.25), "frames": (2.0, 5.0),
}


def meet(person: int, seed: int = 0) -> Person:
    """The traits of one person; they do not depend on who else is drawn."""
    table, seat = divmod(person, TABLE)
    # 9999 keeps these random numbers apart from the images, which use [seed, person, 1] to 11.
    dealer = np.random.default_rng([seed, table, 9999])
    within = np.random.default_rng([seed, person])
    traits: dict[str, float | str] = {}
    for field in fields(Person):
        levels = LEVELS[field.name]
        where = (dealer.permutation(TABLE)[seat] + within.random()) / TABLE  # in [0, 1)
        if isinstance(levels[0], str):
            traits[field.name] = levels[int(where * len(levels))]
        else:
            low, high = levels
            traits[field.name] = float(low + where * (high - low))
    if traits["hairstyle"] in NEVER_BEARDED:
        traits["beard"] = "none"
    return Person(**traits)  # type: ignore[arg-type]
