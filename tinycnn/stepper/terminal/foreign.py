"""Words of pdb and gdb that are not commands here, and what is."""

from __future__ import annotations

_UNTIL = "here `until backward conv1` goes on to that step"
_ROWS = {
    ("finish", "fin", "advance", "adv"): f"gdb's; {_UNTIL}",
    ("return", "r"): f"pdb's; {_UNTIL}",
    ("stepi", "si", "nexti", "ni"): "gdb's; here `next` is the smallest step",
    ("up", "down", "d", "frame", "f"): "of pdb and gdb; here are no frames: `where` shows the "
                                       "step, `back` undoes it, `explain` goes into a number",
    ("run", "restart", "start"): "of pdb and gdb; here `jump 0` goes to the start, `again` to the "
                                 "next training step",
    ("info", "i"): "gdb's; here `break`, `display`, `watch` alone list theirs, `list` the steps, "
                   "`where` the last one",
    ("x", "output", "call", "ptype", "whatis", "inspect"):
        "of pdb and gdb; here `print NAME` shows numbers, `show NAME` draws them",
    ("reverse-next", "rn", "reverse-step", "rs", "reverse-stepi", "rsi", "reverse-finish"):
        "gdb's; here `back` undoes a step",
    ("reverse-continue", "rc"): "gdb's; here `jump STEP` goes back to a step, `jump 0` to the "
                                "start",
    ("disable", "dis", "enable", "ignore"): "of pdb and gdb; here `clear N` removes a breakpoint, "
                                     "`condition N WHAT` changes it, `break` sets it again",
    ("rwatch", "awatch", "rbreak", "hbreak", "catch"):
        "gdb's; here `break NAME` stops when a number is computed, `break if nan` at a NaN",
    ("a", "args", "locals", "source", "longlist", "layout", "tui"):
        "of pdb and gdb; here `where` shows what the step was given and made, `net` the network",
    ("alias", "define", "debug", "interact", "python", "py", "shell"):
        "of pdb and gdb; here are no Python and no own commands: `quit`, then `tc.Stepper` has "
        "all of this in Python",
    ("!",): "pdb's, for Python; here `print NAME` shows numbers and `set NAME[INDEX] VALUE` changes"
            " a parameter",
}
FOREIGN = {word: answer for words, answer in _ROWS.items() for word in words}
