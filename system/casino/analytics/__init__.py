"""What happened, kept for questions: the sink into ClickHouse, and the proof that it holds everything."""
