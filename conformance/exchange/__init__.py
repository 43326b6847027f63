"""Requests and answers: how they are made, sent, bounded and read."""
