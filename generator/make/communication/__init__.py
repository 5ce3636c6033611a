"""Communication: the requests behind a component, and what is made of the replies."""
