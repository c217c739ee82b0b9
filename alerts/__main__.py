"""Entry of `python -m alerts`."""

from alerts.cli import app

if __name__ == "__main__":
    app(prog_name="python -m alerts")
