"""n8n's controls out of the model's fields."""
