"""One module a system. Each has `gradient(job)` and `sampling(job)`, and runs in a process of its own.

`gradient` gives the time of one log density with gradient, in microseconds, at the fixed point, and the log densities (with
Jacobian) and gradients at the three common points. `sampling` gives draws, as `[chain, draw, ...]` by parameter, and times.
"""
