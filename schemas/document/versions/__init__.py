"""What other versions of OpenAPI say otherwise, told in the shape that one loader reads."""
