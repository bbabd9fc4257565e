"""What this app reads from others through contracts: JSON in, frozen values out."""
