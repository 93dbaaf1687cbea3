"""Optional: lets replicas on a Ray Serve cluster compute replies. Their wire format, the client, the replica."""
