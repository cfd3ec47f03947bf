from .report import Cause
from .causes import CAUSES
def diagnose(examination, failures):
    out=[]
    for f in failures:
        if f.key: out.append(Cause(f.key, CAUSES[f.key].format(q=f.message)))
    return out or [Cause("unknown", CAUSES["unknown"].format(q="?"))]
