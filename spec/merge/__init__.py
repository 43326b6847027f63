"""The merge: facts of many sources become one contract in which every leaf knows why it is there.

Data goes one way, each step a pure function in a module of its own:

    readings ──rules, prose──▶ claims ──unify──▶ leaves, conflicts ──assemble──▶ tree
    tree ──overlay──▶ full tree ──projection──▶ documented tree
    both trees ──emission──▶ files;  full tree ──provenance, accounting──▶ what is known of each leaf and fact
"""
