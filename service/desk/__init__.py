"""What people and clocks do with contacts that were decided: take, give back, hand over, answer.

`desk` does it for callers, each change in one transaction; `assigned`, `matters` and `hands` are its parts,
for whoever has more to write with it. `answering` is what a rep does by a link; `credit` goes with the work.
"""
