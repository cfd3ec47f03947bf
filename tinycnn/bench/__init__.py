"""How fast tinycnn is: beside PyTorch, beside what the machine could do, and as the work grows.

Imported only when `tinycnn bench` runs; PyTorch only with `--against torch`.
"""
