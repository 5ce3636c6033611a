"""What is seen of a process from outside, beside its log and its traces: figures."""
