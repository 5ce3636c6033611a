"""The modules of an app, and the requests behind them."""
