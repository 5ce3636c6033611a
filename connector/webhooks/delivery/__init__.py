"""Delivery: takes due deliveries from the ledger and makes them, in this process or over many machines."""
