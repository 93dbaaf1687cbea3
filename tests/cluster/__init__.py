"""What needs the engines of requirements-cluster.txt: `make test-cluster` installs them and runs this."""
