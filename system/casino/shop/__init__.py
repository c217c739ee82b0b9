"""What is sold, for real money and for gold: catalogue, purchases, limited packages, fraud."""
