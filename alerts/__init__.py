"""The room where objectives are written, compiled into alerts, and judged."""
