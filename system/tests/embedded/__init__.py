"""The embedded runtime, tried with its real engines and small stand-ins for the application."""
