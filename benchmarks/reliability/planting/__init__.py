"""Plants faults in code one at a time: which there can be (`faults`), and whether tests find them (`warm`, `fresh`)."""
