"""What is seen of a process from outside, beside its log: figures and traces."""
