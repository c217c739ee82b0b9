"""The room where real processes are broken under load, and money and delivery are audited afterwards."""
