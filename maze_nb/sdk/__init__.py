"""What people program with: ``@task``, ``MaClient``, workflows and runs."""
