"""Reasoning over condition trees: is there a contact for which all of this holds, and which one?

`solver.Reasoner` answers a question, given as condition trees, in one of three
ways: with a *situation* in the language of tests (found by an SMT solver, then
built and tried on the real conditions), with the parts that exclude each other
(no such contact exists), or by saying what it could not decide.

The encoding errs on one side only. What it cannot express (a pattern, a kind of
outcome it does not know) is left open, so "no such contact" holds whatever the
open part turns out to be; and "there is one" is only said of a contact that was
tried. Where neither can be had, the answer is undecided, with what it rests on.

This is the only package that imports z3 (an import contract holds it), and
nothing that decides contacts imports this package.
"""
