"""Networks that stay up between commands: who holds them, how one gets in, what is seen on them.

Strategy: a *holder* process keeps one network, carries its frames and answers at a socket in a
directory of the user's own (`place`, `holder`, `desk`). Whoever wants to run a program there gets
the descriptors of its namespaces from it and goes in by himself (`joining`), so that the program
has the user's own terminal, directory and files. Nothing else is stored anywhere: a network is up
if its holder answers.
"""
