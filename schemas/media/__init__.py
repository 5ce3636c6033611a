"""Media types: which kind of content one names, what a reply's bytes say in it, and what a file in it is called."""
