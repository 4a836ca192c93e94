"""The kiosk: one large screen for visitors."""
