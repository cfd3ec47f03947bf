"""How fast tinycnn is: compared with PyTorch, with the machine's limits, and as the work grows.

Imported only when `tinycnn bench` runs; PyTorch only with `--against torch`.
"""
