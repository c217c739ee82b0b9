"""The realtime socket under bad tokens, bad frames, floods and peers that vanish."""
