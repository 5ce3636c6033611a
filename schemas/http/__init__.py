"""HTTP as the model means it: inputs to requests, replies to results."""
