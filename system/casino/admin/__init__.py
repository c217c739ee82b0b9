"""The back office: it composes the other rooms for operators, and every write leaves an audit row."""
