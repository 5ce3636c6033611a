"""A stand-in for Make's runner of custom apps, built from Make's public documentation (SOURCES.md names the pages).

Where the documentation is silent it takes the stricter reading: what passes here must not depend on luck there.
"""
