"""What operations do, from what the contract says about resources and nothing else."""
