"""What the lessons in `tutorials/lessons/` use: exercises that are checked, and pictures.

    from tinycnn.course import check, show

    def slope(o):
        ...                             # an exercise: write it
    check("1.3", slope)                 # prints what is wrong with it, and why, or that it is right
    show(chart({"loss": (w, L)}, "w", "L"))     # a script writes the picture to a file

The answers are computed here, one file for each lesson. Solutions to read, with the reasons, are in
`tutorials/solutions/`.
"""

from .charts import chart
from .display import show
from .exercise import Answer, Exercise, Verdict, Written
from .layer_exercise import LayerClass
from .lookup import check, verdict

__all__ = ["Answer", "Exercise", "LayerClass", "Verdict", "Written", "chart", "check", "show",
           "verdict"]
