"""Forms and interfaces: Make's parameters out of the model's fields."""
