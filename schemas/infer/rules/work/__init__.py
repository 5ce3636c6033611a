"""Operations that only start work: where to ask for its state, and what the states mean."""
