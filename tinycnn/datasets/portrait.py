"""Paints a person with an expression, in flat shapes of grey. drawn.py then adds the light.

Positions are in units of half the height of the head: (0, 0) is the middle of the face, u runs
to the right, v runs down, the crown is at v = -1 and the chin at v = 1.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .pen import BODY, FACE, Pen, curve, ring, smooth
from .person import Person

EYES, LIPS = -0.02, 0.60        # the heights of the eyes and of the mouth


@dataclass(frozen=True)
class Expression:
    """What a face does. Lids are 1 when open as usual and 0 when closed."""

    smile: float = 0.045     # how far the corners of the mouth go up
    gape: float = 0.0        # how far the mouth is open
    pout: float = 0.0        # how much narrower the mouth is
    brows: float = 0.0       # how far the brows go up
    worry: float = 0.0       # how far the inner ends of the brows go up
    left_lid: float = 1.0
    right_lid: float = 1.0
    spectacles: bool = False


EXPRESSIONS = {
    "glasses": Expression(spectacles=True),
    "happy": Expression(smile=0.16, gape=0.15, pout=-0.3, brows=0.03, left_lid=.8, right_lid=.8),
    "sad": Expression(smile=-0.11, pout=0.1, brows=0.01, worry=0.11, left_lid=.75, right_lid=.75),
    "sleepy": Expression(left_lid=0.0, right_lid=0.0, brows=0.02),
    "surprised": Expression(gape=0.21, pout=0.42, brows=0.12, left_lid=1.5, right_lid=1.5),
    "wink": Expression(smile=0.07, pout=-0.1, left_lid=0.0),
}

# Hair in front of the head: corners that `smooth` rounds off, in units of the head's width. The
# list starts at the left temple, goes over the crown to the right one and back along the hairline.
HAIR_IN_FRONT: dict[str, list[tuple[float, float]]] = {
    "short": [(-1.03, 0.0), (-1.12, -.55), (-.85, -1.12), (0, -1.22), (.85, -1.12), (1.12, -.55),
        (1.03, 0.0), (.93, -.15), (.88, -.5), (.5, -.66), (0, -.62), (-.5, -.66), (-.88, -.5),
        (-.93, -.15)],
    "parting": [(-1.03, 0.05), (-1.12, -.55), (-.9, -1.1), (-.35, -1.22), (.5, -1.3), (1.12, -1.0),
        (1.15, -.45), (1.03, .05), (.93, -.1), (.85, -.38), (.4, -.52), (-.2, -.66), (-.55, -.86),
        (-.62, -.66), (-.9, -.42), (-.93, -.1)],
    "long": [(-1.12, .6), (-1.22, -.4), (-.9, -1.15), (0, -1.25), (.9, -1.15), (1.22, -.4),
        (1.12, .6), (.97, .4), (.92, -.2), (.55, -.6), (0, -.97), (-.55, -.6), (-.92, -.2),
        (-.97, .4)],
    "curly": [(-1.05, -.1), (-1.2, -.6), (-.8, -1.2), (0, -1.3), (.8, -1.2), (1.2, -.6),
        (1.05, -.1), (.9, -.3), (.75, -.55), (.45, -.5), (.2, -.62), (-.1, -.5), (-.4, -.62),
        (-.7, -.5), (-.9, -.3)],
    "fringe": [(-1.16, .5), (-1.2, -.5), (-.9, -1.15), (0, -1.22), (.9, -1.15), (1.2, -.5),
        (1.16, .5), (.96, .5), (.9, 0), (.86, -.3), (.4, -.26), (-.4, -.26), (-.86, -.3), (-.9, 0),
        (-.96, .5)],
    "bun": [(-1.02, -.1), (-1.08, -.55), (-.8, -1.08), (0, -1.14), (.8, -1.08), (1.08, -.55),
        (1.02, -.1), (.94, -.25), (.8, -.6), (.35, -.8), (-.35, -.8), (-.8, -.6), (-.94, -.25)],
    "quiff": [(-1.0, -.05), (-1.04, -.55), (-.95, -1.2), (-.3, -1.5), (.5, -1.42), (.95, -1.15),
        (1.04, -.55), (1.0, -.05), (.95, -.2), (.86, -.58), (.45, -.74), (-.1, -.7), (-.5, -.78),
        (-.86, -.58), (-.95, -.2)],
}


def paint(pen: Pen, who: Person, face: Expression) -> None:
    """Paint a person from back to front."""
    paint_back_hair(pen, who)
    paint_body(pen, who)
    pen.fill(who.outline(np.linspace(0, 2 * np.pi, 90)), who.skin, FACE)
    paint_folds(pen, who, face)
    paint_beard(pen, who)
    paint_mouth(pen, who, face)
    paint_nose(pen, who)
    for side, lid in ((-1, face.left_lid), (1, face.right_lid)):
        paint_eye(pen, who, side, lid)
        paint_brow(pen, who, side, face)
    paint_hair_in_front(pen, who)
    if face.spectacles:
        paint_spectacles(pen, who)


def paint_back_hair(pen: Pen, who: Person) -> None:
    """What shows behind the head: long hair, curls, a bun."""
    w, grey = who.width, 0.85 * who.hair
    if who.hairstyle == "long":
        pen.fill(smooth([(-1.1 * w, -1.3), (1.1 * w, -1.3), (1.45 * w, .4), (1.5 * w, 1.5),
                         (-1.5 * w, 1.5), (-1.45 * w, .4)]), grey, BODY)
    elif who.hairstyle == "fringe":
        pen.fill(smooth([(-1.2 * w, -.8), (1.2 * w, -.8), (1.3 * w, .4), (1.3 * w, .95),
                         (-1.3 * w, .95), (-1.3 * w, .4)]), grey, BODY)
    elif who.hairstyle == "curly":
        angles = np.linspace(0, 2 * np.pi, 200)
        radius = 1 + 0.05 * np.abs(np.sin(10 * angles))
        curls = curve(1.26 * w * radius * np.cos(angles), .92 * radius * np.sin(angles) - .4)
        pen.fill(curls, grey, BODY)
    elif who.hairstyle == "bun":
        pen.fill(ring(0, -1.22, .3, .24), grey, BODY)


def paint_body(pen: Pen, who: Person) -> None:
    """Neck, clothes and ears."""
    shade = 0.82 * who.skin  # the neck is in the shadow of the head
    neck = 0.62 * who.width
    pen.fill(np.array([(-neck, .4), (neck, .4), (neck * 1.1, 2), (-neck * 1.1, 2)]), shade, BODY)
    shoulders = [(-.9 * neck, 1.28), (.9 * neck, 1.28), (1.3, 1.5), (1.9, 1.9), (1.9, 2.6),
                 (-1.9, 2.6), (-1.9, 1.9), (-1.3, 1.5)]
    pen.fill(smooth(shoulders), who.shirt, BODY)
    dip = {"round": 1.42, "shirt": 1.55, "v": 1.72}[who.collar]
    throat = np.array([(-.98 * neck, 1.2), (.98 * neck, 1.2), (0, dip)])
    if who.collar == "round":
        throat = ring(0, 1.25, neck, dip - 1.25)
    pen.fill(throat, shade, BODY)
    if who.collar == "shirt":
        for side in (-1, 1):
            flap = np.array([(.95 * neck, 1.16), (1.3 * neck, 1.3), (.62 * neck, 1.66), (0, 1.48)])
            pen.fill(flap * (side, 1), min(1.0, who.shirt + .12), BODY)
    for side in (-1, 1):
        u = side * who.width
        pen.fill(ring(u, .1, .1, who.ears), .93 * who.skin, BODY)
        pen.stroke(curve(u + side * .05 * np.sin(np.linspace(.3, 2.8, 9)),
                         .1 + np.linspace(-.6, .6, 9) * who.ears), .65 * who.skin, .025)


def paint_beard(pen: Pen, who: Person) -> None:
    """A full beard, a goatee, a moustache, or nothing; the mouth comes on top."""
    grey = min(who.hair, 0.6 * who.skin)
    if who.beard == "full":
        jaw = who.outline(np.linspace(.05, np.pi - .05, 40)) * (1.02, 1.05)
        cheeks = [(-.9, .2), (-.72, .42), (-.4, .5), (-.2, .46), (.2, .46), (.4, .5), (.72, .42),
                  (.9, .2)]
        pen.fill(smooth(np.concatenate([jaw, np.array(cheeks) * (who.width, 1)]), 2), grey)
    elif who.beard == "goatee":
        pen.fill(smooth([(-.3, .5), (0, .46), (.3, .5), (.26, .95), (0, 1.1), (-.26, .95)]), grey)
    elif who.beard == "moustache":
        a = 1.15 * who.mouth
        pen.fill(smooth([(-a, .6), (-.5 * a, .44), (0, .48), (.5 * a, .44), (a, .6), (.4 * a, .57),
                         (0, .54), (-.4 * a, .57)], 2), grey)


def paint_mouth(pen: Pen, who: Person, face: Expression) -> None:
    """Lips around an opening; the corners go up or down with the smile."""
    t = np.linspace(-1, 1, 25)
    u = t * who.mouth * (1 - face.pout)
    middle = LIPS + 0.04 - face.smile * (t ** 2 - .3)
    arch = np.sqrt(1 - t ** 2) if face.gape > .2 else 1 - t ** 2
    top, bottom = middle - .3 * face.gape * arch, middle + .9 * face.gape * arch
    bow = 1 - t ** 2 - .35 * np.exp(-(t / .18) ** 2)  # the dip in the middle of the upper lip
    over, under = top - who.lips * bow, bottom + 1.15 * who.lips * (1 - t ** 2)
    lip = 0.6 * who.skin
    pen.fill(np.concatenate([curve(u, over), curve(u, top)[::-1]]), 0.85 * lip)
    pen.fill(np.concatenate([curve(u, bottom), curve(u, under)[::-1]]), lip)
    pen.fill(np.concatenate([curve(u, top), curve(u, bottom)[::-1]]), .1)
    if face.smile > .1:  # teeth
        teeth = np.minimum(bottom, top + .6 * face.gape * arch)
        pen.fill(np.concatenate([curve(u, top), curve(u, teeth)[::-1]])[2:-2], .93)
    pen.stroke(curve(u, top), .3 * who.skin, .025)


def paint_folds(pen: Pen, who: Person, face: Expression) -> None:
    """A smile draws folds from the nose around the corners of the mouth."""
    if face.smile < .05:
        return
    t = np.linspace(0, 1, 9)
    for side in (-1, 1):
        fold = curve(side * (who.nostrils + .03 + (1.2 * who.mouth - who.nostrils) * t ** .8),
                     who.nose - .02 + .22 * t ** 1.3)
        pen.stroke(fold, .78 * who.skin, .022)


def paint_nose(pen: Pen, who: Person) -> None:
    """Nostrils and wings; the light does the rest."""
    t = np.linspace(0, 1, 9)
    for side in (-1, 1):
        pen.fill(ring(side * .5 * who.nostrils, who.nose + .02, .38 * who.nostrils, .022),
                 .35 * who.skin)
        wing = curve(side * who.nostrils * (.8 + .25 * np.sin(np.pi * t)), who.nose - .09 + .12 * t)
        pen.stroke(wing, .62 * who.skin, .022)


def paint_eye(pen: Pen, who: Person, side: int, lid: float) -> None:
    """An eye between two lids; side is -1 for the one at the left of the picture."""
    t = np.linspace(-1, 1, 21)
    u = side * who.spacing + t * who.eye
    bulge = 1 - t ** 2
    upper = EYES - .5 * lid * who.eye * bulge
    lower = EYES + .32 * who.eye * bulge
    dark = .3 * who.skin
    if lid > 0.2:
        pen.fill(np.concatenate([curve(u, upper), curve(u, lower)[::-1]]), min(.95, who.skin + .25))
        for radius, grey in ((.46, .22), (.2, .03)):
            iris = ring(side * who.spacing, EYES - .08 * who.eye, radius * who.eye,
                        radius * who.eye)
            edges = [np.interp(iris[:, 0], u, edge) for edge in (upper, lower)]
            iris[:, 1] = np.clip(iris[:, 1], *edges)  # the lids cover part of it
            pen.fill(iris, grey)
        pen.fill(ring(side * who.spacing + .02, EYES - .03, .016, .016), .97)  # a glint
        pen.stroke(curve(u, upper), .5 * dark, .03)
        pen.stroke(curve(u, lower), .7 * who.skin, .012)
        pen.stroke(curve(u, upper - .05), .72 * who.skin, .014)
    else:
        pen.stroke(curve(u, lower), .5 * dark, .035)
        pen.stroke(curve(u, EYES - .2 * who.eye * bulge), .74 * who.skin, .014)


def paint_brow(pen: Pen, who: Person, side: int, face: Expression) -> None:
    """A brow, thick at its inner end."""
    t = np.linspace(0, 1, 15)  # from the inner end outwards
    u = side * (who.spacing + who.eye * (-1.05 + 2.4 * t))
    arch = .045 * np.sin(2.2 * t) + who.slant * t + face.worry * (1 - 1.4 * t)
    v = EYES - .19 - face.brows - arch
    pen.stroke(curve(u, v), min(who.hair, .5 * who.skin), who.brow * 1.4, blunt=.9)


def paint_hair_in_front(pen: Pen, who: Person) -> None:
    """Hair over the forehead and at the temples, with a few strands."""
    if who.hairstyle == "bald":
        return
    if who.hairstyle == "receding":
        for side in (-1, 1):
            patch = [(.98, .05), (1.1, -.1), (1.06, -.5), (.84, -.68), (.8, -.35), (.93, -.1)]
            pen.fill(smooth(np.array(patch) * (side * who.width, 1)), who.hair, BODY)
        return
    shape = smooth(np.array(HAIR_IN_FRONT[who.hairstyle]) * (who.width, 1))
    pen.fill(shape, who.hair, BODY)
    over_the_top = shape[14:44]
    for size, lighter in ((.93, .03), (.88, .06), (.83, .03)):  # it shines where it bends
        pen.stroke(over_the_top * size - (0, .3 * (1 - size)), who.hair + lighter, .06)


def paint_spectacles(pen: Pen, who: Person) -> None:
    """Two rims, a bridge and the temples."""
    a = who.spacing - .05
    for side in (-1, 1):
        rim = ring(side * who.spacing, EYES + .03, a, .8 * a, who.frames)
        pen.wire(np.concatenate([rim, rim[:2]]), .08)
        pen.wire(curve(side * np.array([who.spacing + a, who.width]), EYES), .08)
    pen.wire(curve(np.array([-.06, 0, .06]), EYES - np.array([0, .02, 0])), .08)
