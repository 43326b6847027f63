"""What a client asks of the mock itself: which answer it would like, made of the contract alone."""
