"""The container file, the systemd unit and nginx."""
