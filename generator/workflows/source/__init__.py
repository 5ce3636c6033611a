"""The sources of templates: read, checked, and what each of their tasks can see."""
