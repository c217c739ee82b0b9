"""The room where the objectives and the metrics behind them become pictures."""
