"""Words of pdb and gdb that are not commands here, and what is."""

from __future__ import annotations

_ROWS = {
    "finish fin advance return r": "here `until backward conv1` goes on to that step",
    "stepi si nexti ni": "here `next` is the smallest step",
    "up down d frame f": "here are no frames: `where` shows the step, `back` undoes it, `explain` "
                         "goes into a number",
    "run restart start": "here `jump 0` goes to the start, `again` to the next training step",
    "info i": "here `list` shows the steps, `where` the last one, `break` the breakpoints, `watch` "
              "what is watched",
    "x output call ptype whatis": "here `print NAME` shows numbers, `show NAME` draws them",
    "reverse-next rn reverse-step rs reverse-stepi reverse-finish": "here `back` undoes a step",
    "reverse-continue rc": "here `jump STEP` goes back to a step, `jump 0` to the start",
    "disable dis enable ignore": "here `clear N` removes a breakpoint, `condition N WHAT` changes "
                                 "it, `break` sets it again",
    "rwatch awatch catch": "here `break NAME` stops when a number is computed",
    "a args layout": "here `where` shows what the step was given and made, `net` the network",
    "source": "here `tinycnn step --commands FILE` runs the commands in a file",
    "! alias interact debug python": "here is no Python: `print NAME` shows numbers, `set "
                                     "NAME[INDEX] VALUE` changes a parameter",
}
FOREIGN = {word: answer for words, answer in _ROWS.items() for word in words.split()}
